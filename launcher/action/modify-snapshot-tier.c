/* modify-snapshot-tier.c - put a snapshot away */
#include "images/tier.h"
#include "launcher/action/action.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *id = args_str(args, "SnapshotId", "");
	usec_t started;

	if (!tier_archive(call, id, &started, err))
		return false;
	node_str(reply->root, "SnapshotId", "snapshotId", id);
	node_time(reply->root, "TieringStartTime", "tieringStartTime", started);
	return job_spawn(call, err);
}

const struct action action_modify_snapshot_tier = {
	.name = "ModifySnapshotTier",
	.brief = "archive a snapshot: keep it in less room, unusable until "
		 "restored",
	.about = "Makes one compressed file of all that the snapshot shows, "
		 "checks it, and lets go of its blocks; other snapshots and "
		 "volumes keep those that they need. Until that is done it can "
		 "be used; then it is shared with nobody any more, and must be "
		 "restored before volumes, copies or images are made of it. "
		 "describe-snapshot-tier-status says how far it is. A snapshot "
		 "of a registered image can be archived when the image is "
		 "disabled. AWS bills an archived snapshot for 90 days at "
		 "least. $QAMI_ARCHIVE says where the file goes, and "
		 "$QAMI_ARCHIVE_LEVEL how hard it is packed.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "a completed snapshot of one's own" },
		{ "StorageTier", PARAM_STRING, 0, "archive",
		  "the tier, which is archive" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_INCORRECT_STATE, FAULT_SNAPSHOT_IN_USE,
		FAULT_RESOURCE_LIMIT, FAULT_KMS_KEY_DISABLED,
		FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami modify-snapshot-tier --snapshot-id "
		   "snap-0123456789abcdef0 --storage-tier archive",
	.run = run,
};
