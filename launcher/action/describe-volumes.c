/* describe-volumes.c - the caller's volumes */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/volume.h"
#include "launcher/action/query.h"

struct rows {
	struct db *db;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct volume *volume, struct error *err)
{
	struct rows *rows = data;

	return !page_row(rows->page, volume->seq) ||
	       reply_volume(rows->db, volume, node_item(rows->list), err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .db = call->store->db, .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "VolumeIds", arena, &page, err) ||
	    !authorise_volumes(call, page.query.ids, page.query.id_count, err))
		return false;
	rows.list = node_list(reply->root, "Volumes", "volumeSet");
	if (!volume_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_volumes = {
	.name = "DescribeVolumes",
	.brief = "list volumes",
	.about = "Lists the caller's volumes.",
	.params = (const struct param[]) {
		{ "VolumeIds", PARAM_ID, PARAM_LIST, "vol",
		  "only these volumes", "VolumeId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-volumes --filters Name=status,Values=in-use",
	.run = run,
};
