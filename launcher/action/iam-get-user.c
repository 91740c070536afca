/* iam-get-user.c - the caller's user, the only one there is */
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/identity.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *name = args_str(args, "UserName", NULL);
	struct identity identity;
	struct node *user;

	if (!identity_read(call, reply->arena, &identity, err))
		return false;
	if (name && strcmp(name, identity.name) != 0)
		return fail(err, FAULT_NO_SUCH_ENTITY,
			    "The user with name %.64s cannot be found.", name);
	user = node_struct(reply->root, "User", "User");
	node_str(user, "Path", "Path", "/");
	node_str(user, "UserName", "UserName", identity.name);
	node_str(user, "UserId", "UserId", identity.id);
	node_str(user, "Arn", "Arn", identity.arn);
	node_time(user, "CreateDate", "CreateDate", identity.created);
	return true;
}

const struct action action_iam_get_user = {
	.name = "GetUser",
	.service = "iam",
	.brief = "say who calls",
	.about = "Answers with the caller's own user. An account has one and "
		 "sees no other.",
	.params = (const struct param[]) {
		{ "UserName", PARAM_STRING, 0, NULL, "the caller's own" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_NO_SUCH_ENTITY, FAULT_NONE },
	.example = "qami iam get-user --query User.Arn",
	.run = run,
};
