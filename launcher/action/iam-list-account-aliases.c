/* iam-list-account-aliases.c - the account's alias, which is its name */
#include <string.h>

#include "images/registry/account.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/iam.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct account account = { .name = NULL };
	struct node *list;
	bool found;

	if (!iam_page_check(args, err) ||
	    !account_get(call->store->db, call->account, reply->arena, &account,
			 &found, err))
		return false;
	list = node_list(reply->root, "AccountAliases", "AccountAliases");
	if (account.name)
		node_item_str(list, account.name);
	node_bool(reply->root, "IsTruncated", "IsTruncated", false);
	return true;
}

const struct action action_iam_list_account_aliases = {
	.name = "ListAccountAliases",
	.service = "iam",
	.brief = "list the name of the caller's account",
	.about = "Answers with the name that the account was given, if any.",
	.params = (const struct param[]) { PARAMS_IAM_PAGES, { 0 } },
	.faults = (const enum fault[]) { FAULT_VALIDATION, FAULT_NONE },
	.example = "qami iam list-account-aliases --output text",
	.run = run,
};
