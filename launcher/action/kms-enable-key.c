/* kms-enable-key.c - let a disabled key be used again */
#include "launcher/action/kms.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return kms_enable(call, args_str(args, "KeyId", ""), true, err);
}

const struct action action_kms_enable_key = {
	.name = "EnableKey",
	.service = "kms",
	.brief = "let a key be used again",
	.about = "What is encrypted under it can be opened again.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_STATE,
		FAULT_KMS_DENIED, FAULT_KMS_ARN, FAULT_NONE },
	.example = "qami kms enable-key --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab",
	.run = run,
};
