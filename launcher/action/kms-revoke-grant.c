/* kms-revoke-grant.c - let an account no longer use a key */
#include "launcher/action/kms.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return kms_revoke(call, args_str(args, "KeyId", ""),
			  args_str(args, "GrantId", ""), err);
}

const struct action action_kms_revoke_grant = {
	.name = "RevokeGrant",
	.service = "kms",
	.brief = "take a grant back",
	.about = "What the grant alone allowed is refused from now on. "
		 "Machines that run with what they opened by it go on.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ "GrantId", PARAM_STRING, PARAM_REQUIRED, NULL, "the grant" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_ARN,
		FAULT_KMS_GRANT_ID, FAULT_NONE },
	.example = "qami kms revoke-grant --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab --grant-id "
		   "0123456789abcdef0123456789abcdef0123456789abcdef"
		   "0123456789abcdef",
	.run = run,
};
