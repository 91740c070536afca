/* run.c - a call's parameters are checked, and its action does it
 *
 * Apart from check.c, which knows rows and parameters only: what fuzzes and
 * tests those links no store, no chains and no machines.
 */
#include <unistd.h>

#include "images/base/clock.h"
#include "images/base/log.h"
#include "images/call.h"
#include "launcher/action/action.h"
#include "launcher/action/fault.h"
#include "launcher/instance/recover.h"

/* How long a request waits for the same one, under the same client token, that
 * is at work: less than clients wait for an answer. One whose process died is
 * recovered and then answers or is done anew. */
#define TOKEN_PATIENCE (50 * USEC_PER_SEC)
#define TOKEN_LOOK_MOST 500000 /* between two looks */

static bool run_once(const struct action *action, struct call *call,
		     const struct args *args, struct reply *reply,
		     struct error *err)
{
	usec_t end = clock_monotonic() + TOKEN_PATIENCE;
	useconds_t pause = 10000;
	bool ok;

	while (!(ok = action->run(call, args, reply, err)) &&
	       err->fault == FAULT_TOKEN_AT_WORK && clock_monotonic() < end) {
		struct error ignored = { 0 };

		usleep(pause);
		pause = pause < TOKEN_LOOK_MOST / 2 ? pause * 2 : TOKEN_LOOK_MOST;
		error_clear(err);
		call->now = clock_now();
		if (!recover_all(call, &ignored))
			log_warning("%s", ignored.text);
	}
	if (!ok && err->fault == FAULT_TOKEN_AT_WORK)
		err->fault = FAULT_UNAVAILABLE;
	return ok;
}

bool action_run(const struct action *action, struct call *call,
		struct args *args, struct reply *reply, struct error *err)
{
	if (!action_check(action, call, args, err) ||
	    !run_once(action, call, args, reply, err)) {
		fault_translate(action_service(action), err);
		return false;
	}
	return reply->broken ? fail_memory(err) : true;
}
