/* detach.h - DetachVolume: an instance gives a volume back
 *
 * A running guest has to let go of the disk; until QEMU has been seen without
 * it the volume stays "detaching" and nobody else gets it (safety 2, threat
 * 19). A guest that does not is asked again by a job; a stop ends the matter.
 */
#ifndef QAMI_INSTANCE_DETACH_H
#define QAMI_INSTANCE_DETACH_H

#include "images/authorise.h"

/* What DetachVolume says. */
struct detach {
	const char *volume;
	const char *instance; /* or NULL */
	const char *device;   /* or NULL */
	bool force;	      /* ask a guest again that has not let go */
};

/* Detaches a volume; ret_attachment (in the arena) is what it was, with the
 * state "detached", or "detaching" when the guest still has it. Faults:
 * INCORRECT_STATE (it is not attached, on its way already, or nothing can be
 * unplugged from the machine now), ATTACHMENT_NOT_FOUND (not to that instance
 * or not as that device), INSTANCE_STATE (neither running nor stopped),
 * OPERATION_NOT_PERMITTED (the root volume of a running instance). */
bool detach_volume(struct call *call, const struct detach *detach,
		   struct arena *arena, struct attachment *ret_attachment,
		   struct error *err) must_check;

/* One round of the job: *ret_due is when to ask again, 0 when it is done. */
bool detach_job(struct call *call, const struct op *op, usec_t *ret_due,
		struct error *err) must_check;

/* Notes that an instance's machine is gone: what its guest had not let go of
 * is free. Within the caller's transaction. */
bool detach_machine_gone(struct call *call, const char *instance,
			 struct error *err) must_check;

#endif
