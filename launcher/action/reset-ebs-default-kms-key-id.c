/* reset-ebs-default-kms-key-id.c - the AWS managed key is the default again */
#include "launcher/action/ebsdefault.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return ebs_default_key(call, NULL, err) &&
	       reply_ebs_default_key(call, reply, err);
}

const struct action action_reset_ebs_default_kms_key_id = {
	.name = "ResetEbsDefaultKmsKeyId",
	.brief = "make the AWS managed key the default again",
	.about = "From now on new volumes and copies are encrypted under the "
		 "account's AWS managed key unless they name another one.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami reset-ebs-default-kms-key-id",
	.run = run,
};
