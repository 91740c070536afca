/* modify-ebs-default-kms-key-id.c - choose the key of what names none */
#include "launcher/action/ebsdefault.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return ebs_default_key(call, args_str(args, "KmsKeyId", ""), err) &&
	       reply_ebs_default_key(call, reply, err);
}

const struct action action_modify_ebs_default_kms_key_id = {
	.name = "ModifyEbsDefaultKmsKeyId",
	.brief = "choose the key that encrypts what names none",
	.about = "From now on new volumes and copies are encrypted under this "
		 "key unless they name another one. It is the caller's, or "
		 "one that a grant lets him encrypt under.",
	.params = (const struct param[]) {
		{ "KmsKeyId", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the key: its id, alias, or the ARN of either" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_KEY_NOT_FOUND,
		FAULT_KMS_KEY_DISABLED, FAULT_KMS_KEY_STATE,
		FAULT_INVALID_PARAMETER, FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami modify-ebs-default-kms-key-id --kms-key-id alias/web",
	.run = run,
};
