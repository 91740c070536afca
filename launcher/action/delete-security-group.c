/* delete-security-group.c - a group that nobody needs goes */
#include "launcher/action/group.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct security_group group;

	if (!arena)
		return fail_memory(err);
	/* the first finds out which one is meant, or that it is not said */
	if (!args_group(call, args, arena, &group, err) ||
	    !group_remove(call, group.id, NULL, arena, &group, err))
		return false;
	reply_return(reply);
	node_str(reply->root, NULL, "groupId", group.id);
	return true;
}

const struct action action_delete_security_group = {
	.name = "DeleteSecurityGroup",
	.brief = "delete a security group",
	.about = "Deletes a group with its rules. One that an instance is in, "
		 "or that a rule of another group names, stays, and so does "
		 "\"default\".",
	.params = (const struct param[]) {
		PARAMS_GROUP,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_GROUP_NOT_FOUND, FAULT_GROUP_MALFORMED,
		FAULT_DEPENDENCY, FAULT_CANNOT_DELETE,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami delete-security-group --group-name web",
	.run = run,
};
