/* disable-snapshot-block-public-access.c - let snapshots be shared with all
 * again */
#include "images/publicaccess.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	node_str(reply->root, "State", "state", "unblocked");
	return public_access_set(call, "snapshot", "unblocked", err);
}

const struct action action_disable_snapshot_block_public_access = {
	.name = "DisableSnapshotBlockPublicAccess",
	.brief = "let snapshots be shared with all again",
	.about = "Snapshots that were public before they were blocked are so "
		 "again.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami disable-snapshot-block-public-access",
	.run = run,
};
