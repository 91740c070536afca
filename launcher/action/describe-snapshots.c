/* describe-snapshots.c - the snapshots that the caller may use */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/snapshot.h"
#include "launcher/action/query.h"

static const char *const restorable[] = { "self", "all", NULL };

struct rows {
	struct call *call;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct snapshot *snapshot, struct error *err)
{
	struct rows *rows = data;
	struct node *item;

	if (!page_row(rows->page, snapshot->seq))
		return true;
	item = node_item(rows->list);
	return reply_snapshot(rows->call->store->db, snapshot, SNAPSHOT_LISTED,
			      rows->call->account, item, err) &&
	       reply_snapshot_size(rows->call, snapshot, item, err);
}

static bool check_ids(struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct snapshot snapshot;

	for (size_t i = 0; i < query->id_count; i++)
		if (!authorise_snapshot(call, RIGHT_SEE, query->ids[i], arena,
					&snapshot, err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .call = call, .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "SnapshotIds", arena, &page, err) ||
	    !args_owners(call, args, "OwnerIds", arena, &page.query, err) ||
	    !args_accounts_check(args, "RestorableByUserIds", restorable,
				 err) ||
	    !args_texts(args_get(args, "RestorableByUserIds"), arena,
			&page.query.grantees, &page.query.grantee_count, err) ||
	    !check_ids(call, &page.query, arena, err))
		return false;
	rows.list = node_list(reply->root, "Snapshots", "snapshotSet");
	if (!snapshot_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_snapshots = {
	.name = "DescribeSnapshots",
	.brief = "list snapshots",
	.about = "Lists the snapshots that the caller owns or may make volumes "
		 "of, public ones included.",
	.params = (const struct param[]) {
		{ "SnapshotIds", PARAM_ID, PARAM_LIST, "snap",
		  "only these snapshots", "SnapshotId" },
		{ "OwnerIds", PARAM_STRING, PARAM_LIST, NULL,
		  "self or account numbers", "Owner" },
		{ "RestorableByUserIds", PARAM_STRING, PARAM_LIST, NULL,
		  "snapshots that self, all or an account may use",
		  "RestorableBy" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_INVALID_USER_ID, FAULT_NONE },
	.example = "qami describe-snapshots --owner-ids self",
	.run = run,
};
