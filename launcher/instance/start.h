/* start.h - the machine of an instance whose rows are there */
#ifndef QAMI_INSTANCE_START_H
#define QAMI_INSTANCE_START_H

#include "images/authorise.h"
#include "launcher/domain/domain.h"

/* Makes the instance's files: its volumes' layers as far as they are missing,
 * seed, log, and scratch disks, which are emptied with `fresh`. */
bool start_files(struct call *call, const char *id, bool fresh,
		 struct error *err) must_check;

/* Boots the machine of a pending instance and moves its rows to running. One
 * that somebody has terminated meanwhile is no error: nothing of it is left
 * then. */
bool start_machine(struct call *call, struct hypervisor *hypervisor,
		   const char *id, struct error *err) must_check;

/* Moves the rows of an instance whose machine was found alive after its
 * starter died to running; ends the machine if somebody has terminated the
 * instance meanwhile. */
bool start_adopt(struct call *call, const char *id, struct error *err)
	must_check;

/* Whether StartInstances may start it: the caller's own, not terminated,
 * stopping or shutting down (FAULT_INSTANCE_STATE), and not without its root
 * volume (FAULT_INVALID_PARAMETER). */
bool start_check(struct call *call, const char *id, struct error *err)
	must_check;

/* Starts a stopped instance; one that runs already is left alone. */
bool start_instance(struct call *call, const char *id, struct error *err)
	must_check;

/* Finishes or undoes a start whose process died. */
bool start_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

#endif
