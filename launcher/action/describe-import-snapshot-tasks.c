/* describe-import-snapshot-tasks.c - snapshots that files were imported to */
#include <string.h>

#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/filter.h"
#include "launcher/action/noun/importtask.h"
#include "launcher/action/noun/tags.h"

static bool row(void *data, const struct snapshot *snapshot, struct error *err)
{
	static const struct filter_value state = { "task-state", "completed" };
	struct describe *describe = data;
	struct call *call = describe->call;
	struct node *item = NULL;

	if (snapshot->imported && strcmp(snapshot->owner, call->account) == 0 &&
	    filter_pass(args_get(describe->args, "Filters"), &state, 1))
		item = describe_item(describe, snapshot->seq);
	if (!item)
		return true;
	return reply_import_task(call, snapshot, item, err) &&
	       reply_tags(call->store->db, snapshot->id, false, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return snapshot_list(describe->call->store->db, &describe->page.query,
			     row, describe, err);
}

/* Ids of tasks become those of their snapshots; how many rows are shown, and
 * which pass a filter, only row() knows. */
static bool prepare(struct describe *describe, struct error *err)
{
	static const char *const filters[] = { "task-state", NULL };
	struct query *query = &describe->page.query;
	const char **ids = arena_alloc(describe->arena,
				       (query->id_count + 1) * sizeof(*ids));

	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < query->id_count; i++) {
		ids[i] = import_task_snapshot(query->ids[i], describe->arena);
		if (!ids[i])
			return fail_memory(err);
	}
	query->ids = ids;
	query->filter_count = 0;
	query->limit = 0;
	return filter_check(args_get(describe->args, "Filters"), filters, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct snapshot snapshot;
	char task[ID_SIZE];
	bool found;

	if (!snapshot_get(describe->call->store->db, id, describe->arena,
			  &snapshot, &found, err))
		return false;
	if (found && snapshot.imported &&
	    strcmp(snapshot.owner, describe->call->account) == 0)
		return true;
	import_task_id(id, task);
	return fail(err, FAULT_IMPORT_TASK_NOT_FOUND,
		    "The conversion task ID '%s' is not valid", task);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "ImportTaskIds",
		.sdk = "ImportSnapshotTasks",
		.wire = "importSnapshotTaskSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_import_snapshot_tasks = {
	.name = "DescribeImportSnapshotTasks",
	.brief = "list the snapshots made of files",
	.about = "Lists what import-snapshot has made of the caller's files, as "
		 "long as the snapshots are there. Every task is completed.",
	.params = (const struct param[]) {
		{ "ImportTaskIds", PARAM_ID, PARAM_LIST, IMPORT_TASK,
		  "only these", "ImportTaskId" },
		{ "Filters", PARAM_STRUCT, PARAM_LIST, NULL,
		  "what to list: Name=task-state,Values=completed", NULL,
		  params_filter },
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMPORT_TASK_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-import-snapshot-tasks",
	.run = run,
};
