/* access-key-delete.c - forget a key and its secret */
#include "images/account.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return account_key_delete(call, args_str(args, "AccessKeyId", ""), err);
}

const struct action verb_access_key_delete = {
	.name = "access-key delete",
	.brief = "forget a key and its secret",
	.about = "Removes a key of the account (--account). No request is "
		 "let in that is signed with it, from the moment this "
		 "returns.",
	.params = (const struct param[]) {
		{ "AccessKeyId", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_REQUIRED, NULL, "the key's id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ACCESS_KEY_NOT_FOUND,
		FAULT_NONE },
	.example = "qami access-key delete AKIA234567ABCDEFGHIJ",
	.local = true,
	.run = run,
};
