/* enable-ebs-encryption-by-default.c - encrypt new volumes without being asked
 * to */
#include "launcher/action/ebsdefault.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return ebs_default_encrypt(call, true, reply, err);
}

const struct action action_enable_ebs_encryption_by_default = {
	.name = "EnableEbsEncryptionByDefault",
	.brief = "encrypt new volumes without being asked to",
	.about = "Volumes that the account makes from now on, empty ones and "
		 "those of snapshots, and copies of snapshots are encrypted "
		 "under its default key unless another one is named.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami enable-ebs-encryption-by-default",
	.run = run,
};
