/* wait.h - waiting for an instance, as people do */
#ifndef QAMI_INSTANCE_WAIT_H
#define QAMI_INSTANCE_WAIT_H

#include "images/authorise.h"

/* Waits until the instance is in that state; FAULT_UNAVAILABLE after `seconds`
 * or when it can no longer get there. */
bool wait_state(struct call *call, const char *id, const char *state,
		unsigned seconds, struct error *err) must_check;

/* Waits until the guest has finished booting, by what it prints on its
 * console, and tells the stages it passes through. After `seconds`
 * FAULT_UNAVAILABLE says which stage never came; the machine is left alone. */
bool wait_boot(struct call *call, const char *id, unsigned seconds,
	       struct error *err) must_check;

#endif
