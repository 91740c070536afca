/* kms-describe-key.c - what a key is, and its state */
#include "launcher/action/kms.h"
#include "launcher/action/noun/kms-key.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct kms_key key;

	return kms_find(call, args_str(args, "KeyId", ""), KMS_DESCRIBE_KEY,
			reply->arena, &key, err) &&
	       reply_kms_key(call, &key, reply, err);
}

const struct action action_kms_describe_key = {
	.name = "DescribeKey",
	.service = "kms",
	.brief = "show a key and its state",
	.about = "Shows a key of the caller's, or one of another account that "
		 "a grant lets him describe. Asking for alias/aws/ebs makes "
		 "the account's AWS managed key if there is none yet.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id, alias, or the ARN of either"),
		PARAM_KMS_TOKENS,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_ARN,
		FAULT_NONE },
	.example = "qami kms describe-key --key-id alias/aws/ebs",
	.run = run,
};
