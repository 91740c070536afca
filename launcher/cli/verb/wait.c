/* wait.c - wait until an instance has got somewhere */
#include "launcher/instance/wait.h"

#include <string.h>

#include "launcher/action/action.h"
#include "launcher/cli/tail.h"
#include "launcher/instance/reconcile.h"

#define WAIT_SECONDS 600

static bool wait_for(struct call *call, const char *id, const char *what,
		     unsigned seconds, struct error *err)
{
	enum goal goal = strcmp(what, "ssh") == 0 ? GOAL_SSH : GOAL_BOOTED;

	if (goal != GOAL_SSH && strcmp(what, "booted") != 0)
		return wait_state(call, id, what, seconds, err);
	if (wait_boot(call, id, goal, seconds, err))
		return true;
	if (err->fault == FAULT_WAITER)
		tail_console(call, id);
	return false;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *id = args_str(args, "Instance", "");
	const char *what = args_str(args, "For", "booted");

	(void)reply;
	return reconcile(call, err) &&
	       wait_for(call, id, what,
			(unsigned)args_int(args, "Timeout", WAIT_SECONDS), err);
}

const struct action verb_wait = {
	.name = "wait",
	.brief = "wait until an instance has got somewhere",
	.about = "Waits until the instance is in a state, until its guest has "
		 "booted, or until its SSH server answers and its host keys "
		 "are known. When the time is up it says what never came, "
		 "shows the console's last lines and returns 255; the machine "
		 "is left alone. The AWS CLI's waiters are understood, too, "
		 "with their options: qami wait image-available --image-ids "
		 "ID.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "For", PARAM_STRING, 0,
		  "running|booted|ssh|stopped|terminated",
		  "what to wait for, booted if not given" },
		{ "Timeout", PARAM_INTEGER, 0, NULL,
		  "seconds to wait, 600 if not given" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_UNSUPPORTED, FAULT_WAITER,
		FAULT_NONE },
	.example = "qami wait web1 --for ssh",
	.local = true,
	.travels = true,
	.waits = true,
	.run = run,
};
