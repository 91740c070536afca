/* kms-delete-alias.c - take a name away from a key */
#include "launcher/action/kms.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return kms_unname(call, args_str(args, "AliasName", ""), err);
}

const struct action action_kms_delete_alias = {
	.name = "DeleteAlias",
	.service = "kms",
	.brief = "take a name away from a key",
	.about = "The key, and what is encrypted under it, stay as they are.",
	.params = (const struct param[]) {
		{ "AliasName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the name: \"alias/…\"" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KMS_NOT_FOUND,
		FAULT_KMS_NOT_AUTHORIZED, FAULT_KMS_VALIDATION, FAULT_NONE },
	.example = "qami kms delete-alias --alias-name alias/web",
	.run = run,
};
