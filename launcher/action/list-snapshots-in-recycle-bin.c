/* list-snapshots-in-recycle-bin.c - deleted snapshots that may come back */
#include "images/recyclebin.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"

static bool row(void *data, const struct snapshot *snapshot, struct error *err)
{
	struct describe *describe = data;
	struct node *item;

	(void)err;
	if (snapshot->bin_until <= describe->call->now)
		return true;
	item = describe_item(describe, snapshot->seq);
	if (!item)
		return true;
	node_str(item, "SnapshotId", "snapshotId", snapshot->id);
	node_time(item, "RecycleBinEnterTime", "recycleBinEnterTime",
		  snapshot->binned);
	node_time(item, "RecycleBinExitTime", "recycleBinExitTime",
		  snapshot->bin_until);
	node_str(item, "Description", "description", snapshot->description);
	node_str(item, "VolumeId", "volumeId", snapshot->volume);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	const char *account = describe->call->account;
	struct query *query = &describe->page.query;

	query->bin = BIN_ALONE;
	query->owners = &account;
	query->owner_count = 1;
	return snapshot_list(describe->call->store->db, query, row, describe,
			     err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct snapshot snapshot;

	return recycle_find_snapshot(describe->call, id, describe->arena,
				     &snapshot, err);
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

const struct action action_list_snapshots_in_recycle_bin = {
	.name = "ListSnapshotsInRecycleBin",
	.brief = "list deleted snapshots that may come back",
	.about = "Lists the caller's snapshots that a rule keeps in the "
		 "recycle bin, and when each goes for good.",
	.params = (const struct param[]) {
		PARAMS_PAGES,
		{ "SnapshotIds", PARAM_ID, PARAM_LIST, "snap",
		  "only these snapshots", "SnapshotId" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami list-snapshots-in-recycle-bin",
	.run = run,
};
