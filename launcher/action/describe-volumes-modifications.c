/* describe-volumes-modifications.c - the last change of each volume */
#include "images/authorise.h"
#include "images/registry/modification.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/modification.h"
#include "launcher/action/query.h"

struct rows {
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct modification *modification,
		struct error *err)
{
	struct rows *rows = data;

	(void)err;
	if (page_row(rows->page, modification->seq))
		reply_modification(modification, node_item(rows->list));
	return true;
}

static bool check_ids(struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct modification modification;
	struct volume volume;
	bool found;

	for (size_t i = 0; i < query->id_count; i++) {
		if (!authorise_volume(call, RIGHT_SEE, query->ids[i], arena,
				      &volume, err) ||
		    !modification_get(call->store->db, query->ids[i], arena,
				      &modification, &found, err))
			return false;
		if (!found)
			return fail(err, FAULT_MODIFICATION_NOT_FOUND,
				    "Modification for volume '%s' does not "
				    "exist.",
				    query->ids[i]);
	}
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "VolumeIds", arena, &page, err) ||
	    !check_ids(call, &page.query, arena, err))
		return false;
	rows.list = node_list(reply->root, "VolumesModifications",
			      "volumeModificationSet");
	if (!modification_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_volumes_modifications = {
	.name = "DescribeVolumesModifications",
	.brief = "show what was changed about volumes",
	.about = "Lists the last modification of each of the caller's volumes "
		 "that has had one.",
	.params = (const struct param[]) {
		{ "VolumeIds", PARAM_ID, PARAM_LIST, "vol",
		  "only of these volumes", "VolumeId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_MODIFICATION_NOT_FOUND, FAULT_INVALID_NEXT_TOKEN,
		FAULT_NONE },
	.example = "qami describe-volumes-modifications --filters "
		   "Name=modification-state,Values=completed",
	.run = run,
};
