/* describe-fast-snapshot-restores.c - which snapshots are restored fast */
#include "launcher/action/describe.h"
#include "launcher/action/noun/fast-restore.h"

static bool row(void *data, const struct fast_restore *restore,
		struct error *err)
{
	struct node *item = describe_item(data, restore->seq);

	(void)err;
	if (item)
		reply_fast_restore(restore, item);
	return true;
}

static bool prepare(struct describe *describe, struct error *err)
{
	return fast_settle(describe->call, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return fast_restore_list(describe->call->store->db,
				 &describe->page.query, row, describe, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.sdk = "FastSnapshotRestores",
		.wire = "fastSnapshotRestoreSet",
		.most = 200,
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_fast_snapshot_restores = {
	.name = "DescribeFastSnapshotRestores",
	.brief = "list the snapshots that are restored fast",
	.about = "Lists the snapshots that the caller has enabled fast restore "
		 "for, in which zone and state, and since when. One that was "
		 "disabled is listed for an hour.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-fast-snapshot-restores --filters "
		   "Name=state,Values=enabled",
	.run = run,
};
