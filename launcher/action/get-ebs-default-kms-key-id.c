/* get-ebs-default-kms-key-id.c - the key of what names none */
#include "images/call.h"
#include "launcher/action/ebsdefault.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return call_dry_run(call, err) &&
	       reply_ebs_default_key(call, reply, err);
}

const struct action action_get_ebs_default_kms_key_id = {
	.name = "GetEbsDefaultKmsKeyId",
	.brief = "tell which key encrypts what names none",
	.about = "Tells the ARN of the account's default key: the one that it "
		 "chose, else its AWS managed key; alias/aws/ebs as long as "
		 "that is not made.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami get-ebs-default-kms-key-id",
	.run = run,
};
