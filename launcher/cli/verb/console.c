/* console.c - talk to a machine's serial console */
#include "launcher/action/action.h"
#include "launcher/cli/talk.h"

static int console(struct visit *visit, const struct args *args,
		   struct error *err)
{
	const char *name = args_str(args, "Instance", "");

	return talk_allowed(visit, err) && console_talk(visit->call, name,
							false, NULL, err) ?
		       0 :
		       -1;
}

const struct action verb_console = {
	.name = "console",
	.brief = "talk to a machine's serial console",
	.about = "Connects the terminal to the console; Ctrl-] leaves it. It "
		 "is the store's owner's: others have qami logs -f, which "
		 "shows it, and qami ssh.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_UNAVAILABLE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_NONE },
	.example = "qami console web1",
	.local = true,
	.visit = console,
};
