/* get-password-data.c - the password of a Windows guest: there is none
 *
 * EC2's Windows images put one on their serial console; what has none answers
 * with an empty text, at once and for ever.
 */
#include "images/authorise.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "InstanceId", "");
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err) ||
	    !call_dry_run(call, err))
		return false;
	node_str(reply->root, "InstanceId", "instanceId", id);
	node_str(reply->root, "PasswordData", "passwordData", "");
	node_time(reply->root, "Timestamp", "timestamp", instance.launched);
	return true;
}

const struct action action_get_password_data = {
	.name = "GetPasswordData",
	.brief = "show a Windows guest's password, which is empty",
	.about = "Answers with an empty text, as EC2 does for instances that "
		 "have not told a password.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_NONE },
	.example = "qami get-password-data --instance-id i-0123456789abcdef0",
	.run = run,
};
