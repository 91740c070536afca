/* wait.h - waiting for an instance, as people do */
#ifndef QAMI_INSTANCE_WAIT_H
#define QAMI_INSTANCE_WAIT_H

#include "images/authorise.h"
#include "launcher/instance/boot.h"

/* Waits until the instance is in that state; FAULT_WAITER after `seconds`,
 * FAULT_INSTANCE_STATE when it can no longer get there. */
bool wait_state(struct call *call, const char *id, const char *state,
		unsigned seconds, struct error *err) must_check;

/* Waits until the guest of an instance has got that far since its last start,
 * and tells the stages that it passes through. FAULT_INSTANCE_STATE when it
 * does not run; after `seconds` FAULT_WAITER says which stage never came, and
 * the machine is left alone; so it does as soon as call->gone() says that
 * nobody waits. For GOAL_SSH also as access_find(). */
bool wait_boot(struct call *call, const char *id, enum goal goal,
	       unsigned seconds, struct error *err) must_check;

#endif
