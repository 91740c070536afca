/* get-ebs-encryption-by-default.c - whether new volumes are encrypted */
#include "images/kms.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	bool encrypted;

	(void)args;
	if (!call_dry_run(call, err) || !ebs_encrypts(call, &encrypted, err))
		return false;
	node_bool(reply->root, "EbsEncryptionByDefault",
		  "ebsEncryptionByDefault", encrypted);
	return true;
}

const struct action action_get_ebs_encryption_by_default = {
	.name = "GetEbsEncryptionByDefault",
	.brief = "tell whether new volumes are encrypted",
	.about = "Tells whether the account's new volumes are encrypted "
		 "without anybody asking for it.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami get-ebs-encryption-by-default",
	.run = run,
};
