/* describe-locked-snapshots.c - the locks of the caller's snapshots */
#include "images/authorise.h"
#include "images/registry/snapshotlock.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/snapshot-lock.h"

static bool row(void *data, const struct snapshot_lock *lock, struct error *err)
{
	struct node *item = describe_item(data, lock->seq);

	(void)err;
	if (item)
		reply_snapshot_lock(lock, true, item);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return snapshot_lock_list(describe->call->store->db,
				  &describe->page.query, describe->call->now,
				  row, describe, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct snapshot snapshot;

	return authorise_snapshot(describe->call, RIGHT_OWN, id,
				  describe->arena, &snapshot, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "SnapshotIds",
		.sdk = "Snapshots",
		.wire = "snapshotSet",
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_locked_snapshots = {
	.name = "DescribeLockedSnapshots",
	.brief = "list the locks of snapshots",
	.about = "Lists the caller's snapshots that are or were locked, with "
		 "the state of each lock: governance, compliance-cooloff, "
		 "compliance or expired. The filter lock-state picks some.",
	.params = (const struct param[]) {
		{ "SnapshotIds", PARAM_ID, PARAM_LIST, "snap",
		  "only these snapshots", "SnapshotId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-locked-snapshots --filters "
		   "Name=lock-state,Values=governance",
	.run = run,
};
