/* kms-create-alias.c - give a key a name */
#include "launcher/action/kms.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return kms_name(call, args_str(args, "AliasName", ""),
			args_str(args, "TargetKeyId", ""), err);
}

const struct action action_kms_create_alias = {
	.name = "CreateAlias",
	.service = "kms",
	.brief = "give a key a name",
	.about = "Lets a name of the caller's stand for a key of his, wherever "
		 "a key is asked for. A key has as many as 50.",
	.params = (const struct param[]) {
		{ "AliasName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "\"alias/\" and letters, digits, '/', '_' and '-'" },
		{ "TargetKeyId", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the key: its id or ARN" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_EXISTS, FAULT_KMS_NOT_FOUND,
		FAULT_KMS_STATE, FAULT_KMS_LIMIT, FAULT_KMS_NOT_AUTHORIZED,
		FAULT_KMS_DENIED, FAULT_KMS_ARN, FAULT_KMS_VALIDATION,
		FAULT_NONE },
	.example = "qami kms create-alias --alias-name alias/web "
		   "--target-key-id 1234abcd-12ab-34cd-56ef-1234567890ab",
	.run = run,
};
