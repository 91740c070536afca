/* reboot.h - RebootInstances: the guest is asked to power off, then started
 * again with the same disks, scratch disks included
 */
#ifndef QAMI_INSTANCE_REBOOT_H
#define QAMI_INSTANCE_REBOOT_H

#include "images/authorise.h"

/* Whether the caller may reboot it: FAULT_INSTANCE_STATE unless it runs, and
 * disk_key_open()'s when the key of a disk would not let it come back. */
bool reboot_check(struct call *call, const char *id, struct error *err)
	must_check;

/* Begins a reboot; a job sees it through. The instance stays "running". */
bool reboot_begin(struct call *call, const char *id, struct error *err)
	must_check;

/* Reboots now, and does some work while the machine is off: it starts again
 * whatever comes of that, and whoever may die. Somebody else may have stopped
 * the instance, or started it again, before the work has its turn.
 * FAULT_INSTANCE_STATE when a reboot is under way, and as above; else what
 * `work` fails with. */
bool reboot_around(struct call *call, const char *id,
		   bool (*work)(struct call *call, const void *data,
				struct error *err),
		   const void *data, struct error *err) must_check;

/* One round of the job: *ret_due is when to look again, 0 when it is done. */
bool reboot_job(struct call *call, const struct op *op, usec_t *ret_due,
		struct error *err) must_check;

#endif
