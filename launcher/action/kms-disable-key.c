/* kms-disable-key.c - let a key be used no more */
#include "launcher/action/kms.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return kms_enable(call, args_str(args, "KeyId", ""), false, err);
}

const struct action action_kms_disable_key = {
	.name = "DisableKey",
	.service = "kms",
	.brief = "let a key be used no more until it is enabled",
	.about = "What is encrypted under it cannot be opened, and nothing new "
		 "be encrypted, until it is enabled again. Machines that run "
		 "with such volumes go on until they stop.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_STATE,
		FAULT_KMS_DENIED, FAULT_KMS_ARN, FAULT_NONE },
	.example = "qami kms disable-key --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab",
	.run = run,
};
