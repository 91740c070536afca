/* describe-snapshots.c - the snapshots that the caller may use */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/snapshot.h"

static bool row(void *data, const struct snapshot *snapshot, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, snapshot->seq);

	return !item ||
	       (reply_snapshot(describe->call, snapshot, SNAPSHOT_LISTED, item,
			       err) &&
		reply_snapshot_size(describe->call, snapshot, item, err));
}

static bool rows(struct describe *describe, struct error *err)
{
	return snapshot_list(describe->call->store->db, &describe->page.query,
			     row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	static const char *const restorable[] = { "self", "all", NULL };
	const struct args *args = describe->args;
	struct query *query = &describe->page.query;

	return args_owners(describe->call, args, "OwnerIds", describe->arena,
			   query, err) &&
	       args_accounts_check(args, "RestorableByUserIds", restorable,
				   err) &&
	       args_texts(args_get(args, "RestorableByUserIds"),
			  describe->arena, &query->grantees,
			  &query->grantee_count, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct snapshot snapshot;

	return authorise_snapshot(describe->call, RIGHT_SEE, id,
				  describe->arena, &snapshot, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "SnapshotIds",
		.sdk = "Snapshots",
		.wire = "snapshotSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
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
