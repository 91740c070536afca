/* delete-snapshot.c - forget a snapshot, keep what others need of it */
#include "images/snapshot.h"
#include "launcher/action/action.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	if (!snapshot_erase(call, args_str(args, "SnapshotId", ""), err))
		return false;
	reply_return(reply);
	return job_spawn(call, err);
}

const struct action action_delete_snapshot = {
	.name = "DeleteSnapshot",
	.brief = "forget a snapshot, keep what others need of it",
	.about = "Snapshots may be deleted in any order: what volumes and other "
		 "snapshots stand on stays, and is moved to them where that "
		 "frees more than it costs. One that is locked stays, and so "
		 "does one that an image stands on. What a rule of the recycle "
		 "bin keeps can be restored from there. One that is pending "
		 "goes when it is completed; if its bytes are only being "
		 "fetched, at once, and they are fetched no more, unless a "
		 "volume stands on it.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_SNAPSHOT_IN_USE, FAULT_AUTH_FAILURE,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_NONE },
	.example = "qami delete-snapshot --snapshot-id snap-0123456789abcdef0",
	.run = run,
};
