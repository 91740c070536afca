/* kms-create-key.c - make a key */
#include "launcher/action/kms.h"
#include "launcher/action/noun/kms-key.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *description = args_str(args, "Description", "");
	struct kms_key key;

	if (args_bool(args, "MultiRegion", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "A key belongs to one region, which is one store");
	return kms_create(call, description, reply->arena, &key, err) &&
	       reply_kms_key(call, &key, reply, err);
}

const struct action action_kms_create_key = {
	.name = "CreateKey",
	.service = "kms",
	.brief = "make a key that volumes and snapshots are encrypted under",
	.about = "Makes a symmetric key of the caller's account. Its material "
		 "is random, sealed under the store's master key, and never "
		 "leaves the store: there is no Encrypt, Decrypt or "
		 "GenerateDataKey here. A key has no policy; other accounts "
		 "use it by grants.",
	.params = (const struct param[]) {
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ "KeyUsage", PARAM_STRING, 0, "ENCRYPT_DECRYPT",
		  "what for; there is nothing else" },
		{ "KeySpec", PARAM_STRING, 0, "SYMMETRIC_DEFAULT",
		  "its kind: AES-256; there is no other" },
		{ "CustomerMasterKeySpec", PARAM_STRING, 0,
		  "SYMMETRIC_DEFAULT", "the old name of KeySpec" },
		{ "Origin", PARAM_STRING, 0, "AWS_KMS",
		  "where its material is from: this store" },
		{ "MultiRegion", PARAM_BOOLEAN, 0, NULL,
		  "also for other regions: refused" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_LIMIT,
		FAULT_KMS_UNSUPPORTED, FAULT_KMS_VALIDATION, FAULT_NONE },
	.example = "qami kms create-key --description 'volumes of the web "
		   "servers' --query KeyMetadata.KeyId --output text",
	.run = run,
};
