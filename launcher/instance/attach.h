/* attach.h - AttachVolume: a volume becomes a disk of an instance
 *
 * A stopped instance gets it at its next start. Into a running one it is
 * plugged: the row says "attaching" before libvirt is asked, and "attached"
 * when QEMU has been seen to have it (safety 3.4 I).
 */
#ifndef QAMI_INSTANCE_ATTACH_H
#define QAMI_INSTANCE_ATTACH_H

#include "images/authorise.h"
#include "images/turn.h"

/* Attaches a volume of the caller's to an instance of its own, under a device
 * name that may leave "/dev/" out. When it returns the disk is there, or will
 * be at the next start. Faults: VOLUME_IN_USE, INCORRECT_STATE (the volume is
 * not available, or nothing can be plugged into the machine now),
 * INSTANCE_STATE (neither running nor stopped), VOLUME_ZONE,
 * INVALID_PARAMETER (a device name that is in use or none), RESOURCE_LIMIT. */
bool attach_volume(struct call *call, const char *volume, const char *instance,
		   const char *device, struct error *err) must_check;

/* Finishes or undoes an attachment whose process died. */
bool attach_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

/* Whether QEMU has a volume among the disks of an instance's machine. One whose
 * machine is not there has none. */
bool attach_seen(struct call *call, const char *volume, const char *instance,
		 bool *ret_seen, struct error *err) must_check;

/* Takes the turns of all volumes of some instances, and of the instances, for
 * as long as their machines are built. */
bool attach_turns(struct call *call, const char *const *instances, size_t count,
		  unsigned wait_ms, struct turn *ret_turn, struct error *err)
	must_check;

#endif
