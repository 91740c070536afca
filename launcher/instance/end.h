/* end.h - ending machines, terminating and forgetting instances */
#ifndef QAMI_INSTANCE_END_H
#define QAMI_INSTANCE_END_H

#include "images/authorise.h"

/* Ends an instance's machine, whatever its state, at once; returns when no
 * process of it is left. */
bool end_machine(struct call *call, const char *id, struct error *err)
	must_check;

/* Whether the instance's machine is there and its guest at work. */
bool end_alive(struct call *call, const char *id, bool *ret_alive,
	       struct error *err) must_check;

/* Removes every trace, rows and files, of an instance that never ran. Its
 * machine must be gone. */
bool end_forget(struct call *call, const char *id, struct error *err)
	must_check;

/* The same for instances that were terminated an hour ago: EC2 lists them
 * until then. */
bool end_forget_old(struct call *call, struct error *err) must_check;

/* Why an instance ends. */
struct ending {
	const char *code;    /* stateReason: "Client.UserInitiatedShutdown" */
	const char *message; /* "…: User initiated shutdown" */
};
extern const struct ending ending_user;	  /* the API asked */
extern const struct ending ending_guest;  /* the guest powered off */
extern const struct ending ending_broken; /* the machine died */
extern const struct ending ending_host;	  /* the host was rebooted */

/* An ending's name in the journal, and the ending of a name. */
const char *ending_name(const struct ending *why);
const struct ending *ending_named(const char *why);

/* Notes that a running machine was found to have ended by itself: stops the
 * instance, or terminates it where the guest powered off and its shutdown
 * behaviour says so, and always when its root was an instance store. `pid` and
 * `boot` are those of the row that was looked at: nothing happens when the row
 * has changed since, for somebody else may have noted the end and started the
 * machine again. */
bool end_found(struct call *call, const char *id, int64_t pid, const char *boot,
	       const struct ending *why, struct error *err) must_check;

/* Whether the caller may terminate it: FAULT_OPERATION_NOT_PERMITTED when
 * termination is disabled. */
bool terminate_check(struct call *call, const char *id, struct error *err)
	must_check;

/* Terminates: when this returns the machine is gone, volumes marked so are
 * deleted, others available. Idempotent. */
bool terminate_instance(struct call *call, const char *id,
			const struct ending *why, struct error *err) must_check;

/* Finishes a termination whose process died. */
bool terminate_recover(struct call *call, const struct op *op,
		       struct error *err) must_check;

#endif
