/* access-key-disable.c - refuse what is signed with a key */
#include "images/account.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return account_key_enable(call, args_str(args, "AccessKeyId", ""),
				  false, err);
}

const struct action verb_access_key_disable = {
	.name = "access-key disable",
	.brief = "refuse what is signed with a key",
	.about = "From the moment this returns no request is let in that "
		 "is signed with the key, until it is enabled again. Keys "
		 "are the account's (--account) own.",
	.params = (const struct param[]) {
		{ "AccessKeyId", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_REQUIRED, NULL, "the key's id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ACCESS_KEY_NOT_FOUND,
		FAULT_NONE },
	.example = "qami access-key disable AKIA234567ABCDEFGHIJ",
	.local = true,
	.run = run,
};
