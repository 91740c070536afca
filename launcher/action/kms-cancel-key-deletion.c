/* kms-cancel-key-deletion.c - keep a key after all */
#include "launcher/action/kms.h"
#include "launcher/action/noun/kms-key.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct kms_key key;

	return kms_cancel_deletion(call, args_str(args, "KeyId", ""),
				   reply->arena, &key, err) &&
	       reply_kms_arn(call, &key, reply, err);
}

const struct action action_kms_cancel_key_deletion = {
	.name = "CancelKeyDeletion",
	.service = "kms",
	.brief = "keep a key after all",
	.about = "A key that waits for its deletion stays, disabled: "
		 "enable-key lets it be used again.",
	.params = (const struct param[]) {
		PARAM_KMS_KEY("the key: its id or ARN"),
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND, FAULT_KMS_STATE,
		FAULT_KMS_DENIED, FAULT_KMS_ARN, FAULT_NONE },
	.example = "qami kms cancel-key-deletion --key-id "
		   "1234abcd-12ab-34cd-56ef-1234567890ab",
	.run = run,
};
