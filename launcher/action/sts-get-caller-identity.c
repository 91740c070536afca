/* sts-get-caller-identity.c - whose account and which user this is */
#include "launcher/action/action.h"
#include "launcher/action/identity.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct identity identity;

	(void)args;
	if (!identity_read(call, reply->arena, &identity, err))
		return false;
	node_str(reply->root, "UserId", "UserId", identity.id);
	node_str(reply->root, "Account", "Account", call->account);
	node_str(reply->root, "Arn", "Arn", identity.arn);
	return true;
}

const struct action action_sts_get_caller_identity = {
	.name = "GetCallerIdentity",
	.service = "sts",
	.brief = "say whose account this is",
	.about = "Answers with the caller's account and its user: that of the "
		 "account's name, or root where it has none.",
	.params = (const struct param[]) { { 0 } },
	.faults = (const enum fault[]) { FAULT_NONE },
	.example = "qami sts get-caller-identity",
	.run = run,
};
