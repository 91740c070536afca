/* access-key-enable.c - let in again what is signed with a key */
#include "images/account.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return account_key_enable(call, args_str(args, "AccessKeyId", ""), true,
				  err);
}

const struct action verb_access_key_enable = {
	.name = "access-key enable",
	.brief = "let in again what is signed with a key",
	.about = "Takes back what 'qami access-key disable' did.",
	.params = (const struct param[]) {
		{ "AccessKeyId", PARAM_STRING,
		  PARAM_POSITIONAL | PARAM_REQUIRED, NULL, "the key's id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ACCESS_KEY_NOT_FOUND,
		FAULT_NONE },
	.example = "qami access-key enable AKIA234567ABCDEFGHIJ",
	.local = true,
	.run = run,
};
