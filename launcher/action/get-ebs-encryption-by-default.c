/* get-ebs-encryption-by-default.c - whether new volumes are encrypted: no */
#include "images/call.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	node_bool(reply->root, "EbsEncryptionByDefault",
		  "ebsEncryptionByDefault", false);
	return call_dry_run(call, err);
}

const struct action action_get_ebs_encryption_by_default = {
	.name = "GetEbsEncryptionByDefault",
	.brief = "tell whether new volumes are encrypted",
	.about = "They are not.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami get-ebs-encryption-by-default",
	.run = run,
};
