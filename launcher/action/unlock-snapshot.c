/* unlock-snapshot.c - let a snapshot be deleted again */
#include "images/snapshotlock.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *id = args_str(args, "SnapshotId", "");

	node_str(reply->root, "SnapshotId", "snapshotId", id);
	return snapshot_unlock(call, id, err);
}

const struct action action_unlock_snapshot = {
	.name = "UnlockSnapshot",
	.brief = "let a snapshot be deleted again",
	.about = "Takes a lock in governance mode away, or one in compliance "
		 "mode that cools off yet.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami unlock-snapshot --snapshot-id snap-0123456789abcdef0",
	.run = run,
};
