/* get-snapshot-block-public-access-state.c - tell whether snapshots may become
 * public */
#include "images/publicaccess.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *state;

	(void)args;
	if (!arena)
		return fail_memory(err);
	if (!public_access_get(call, "snapshot", arena, &state, err))
		return false;
	node_str(reply->root, "State", "state", state);
	node_str(reply->root, "ManagedBy", "managedBy", "account");
	return true;
}

const struct action action_get_snapshot_block_public_access_state = {
	.name = "GetSnapshotBlockPublicAccessState",
	.brief = "tell whether snapshots may become public",
	.about = "unblocked, where the account has said nothing.",
	.params = (const struct param[]) {
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami get-snapshot-block-public-access-state",
	.run = run,
};
