/* restore-snapshot-from-recycle-bin.c - undo the deletion of a snapshot */
#include "images/recyclebin.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct node *root = reply->root;
	struct snapshot snapshot;

	if (!recycle_restore_snapshot(call, args_str(args, "SnapshotId", ""),
				      reply->arena, &snapshot, err))
		return false;
	node_str(root, "SnapshotId", "snapshotId", snapshot.id);
	node_str(root, "Description", "description", snapshot.description);
	node_bool(root, "Encrypted", "encrypted", snapshot.kms_key);
	node_str(root, "OwnerId", "ownerId", snapshot.owner);
	node_str(root, "Progress", "progress", "100%");
	node_time(root, "StartTime", "startTime", snapshot.created);
	node_str(root, "State", "status", snapshot.state);
	node_str(root, "VolumeId", "volumeId", snapshot.volume);
	node_int(root, "VolumeSize", "volumeSize", snapshot.size);
	return true;
}

const struct action action_restore_snapshot_from_recycle_bin = {
	.name = "RestoreSnapshotFromRecycleBin",
	.brief = "undo the deletion of a snapshot",
	.about = "The snapshot is what it was before it was deleted, with its "
		 "tags and whoever it was shared with; not with all, though, "
		 "where the account blocks that by now.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot, which is in the recycle bin" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_NONE },
	.example = "qami restore-snapshot-from-recycle-bin --snapshot-id "
		   "snap-0123456789abcdef0",
	.run = run,
};
