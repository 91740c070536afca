/* stop.h - stopping instances */
#ifndef QAMI_INSTANCE_STOP_H
#define QAMI_INSTANCE_STOP_H

#include "launcher/instance/end.h"

/* Whether the caller may stop it; FAULT_INSTANCE_STATE, FAULT_UNSUPPORTED for
 * an instance-store root, FAULT_OPERATION_NOT_PERMITTED when protected. */
bool stop_check(struct call *call, const char *id, struct error *err)
	must_check;

/* How long a guest may take to power off, microseconds: so many seconds, unless
 * QAMI_STOP_TIMEOUT says how many. */
usec_t stop_patience(int seconds);

/* Begins a stop: the instance is "stopping", its power button pressed, and a
 * job sees it through; after the deadline the machine is ended by force. With
 * `force` it is stopped when this returns. */
bool stop_begin(struct call *call, const char *id, bool force,
		struct error *err) must_check;

/* One round of the job: *ret_due is when to look again, 0 when it is done. */
bool stop_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err) must_check;

/* Notes that a machine is gone that ran until now: rows to stopped, scratch
 * disks removed. The machine must be gone. `from` is the row's state. */
bool stop_finish(struct call *call, const char *id, const char *from,
		 const struct ending *why, struct error *err) must_check;

/* A stop that nobody asked for, as end_found() finds it. The first half, within
 * the caller's transaction: the row says what will happen, and so does the
 * journal. `now` is when it was found. */
bool stop_found_begin(struct call *call, const char *id, usec_t now,
		      const struct ending *why, char ret_op[ID_SIZE],
		      struct arena *arena, struct error *err) must_check;

/* The second half; a job tries again what does not succeed now. */
bool stop_found_finish(struct call *call, const char *id, usec_t found,
		       const struct ending *why, const char *op,
		       struct error *err) must_check;

#endif
