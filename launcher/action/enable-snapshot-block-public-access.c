/* enable-snapshot-block-public-access.c - let no snapshot become public */
#include "images/publicaccess.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *state = args_str(args, "State", "");

	node_str(reply->root, "State", "state", state);
	return public_access_set(call, "snapshot", state, err);
}

const struct action action_enable_snapshot_block_public_access = {
	.name = "EnableSnapshotBlockPublicAccess",
	.brief = "let no snapshot become public",
	.about = "From now on no snapshot of the account can be shared with "
		 "all. With block-all-sharing those that are public already "
		 "are hidden from others, too, until it is disabled.",
	.params = (const struct param[]) {
		{ "State", PARAM_STRING, PARAM_REQUIRED,
		  "block-all-sharing|block-new-sharing", "what is blocked" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami enable-snapshot-block-public-access --state "
		   "block-all-sharing",
	.run = run,
};
