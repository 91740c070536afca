/* iam-list-roles.c - there are no roles */
#include "launcher/action/action.h"
#include "launcher/action/iam.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)call;
	if (!iam_page_check(args, err))
		return false;
	node_list(reply->root, "Roles", "Roles");
	node_bool(reply->root, "IsTruncated", "IsTruncated", false);
	return true;
}

const struct action action_iam_list_roles = {
	.name = "ListRoles",
	.service = "iam",
	.brief = "list roles, of which there are none",
	.about = "Accounts have no roles here: this is for clients that look "
		 "for theirs.",
	.params = (const struct param[]) {
		{ "PathPrefix", PARAM_STRING, 0, NULL, "only those below it" },
		PARAMS_IAM_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VALIDATION, FAULT_NONE },
	.example = "qami iam list-roles --max-items 10",
	.run = run,
};
