/* disable-ebs-encryption-by-default.c - encrypt new volumes only when asked to
 */
#include "launcher/action/ebsdefault.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return ebs_default_encrypt(call, false, reply, err);
}

const struct action action_disable_ebs_encryption_by_default = {
	.name = "DisableEbsEncryptionByDefault",
	.brief = "encrypt new volumes only when asked to",
	.about = "What is encrypted already stays so.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami disable-ebs-encryption-by-default",
	.run = run,
};
