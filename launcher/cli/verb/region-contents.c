/* region-contents.c - what is in a region that is a bucket */
#include "images/publish.h"
#include "launcher/action/action.h"

/* Rows on their way into the answer. */
struct rows {
	struct node *list;
	unsigned damaged;
};

static bool row(void *data, const struct depot_item *item, struct error *err)
{
	const struct rows *rows = data;
	struct node *node = node_item(rows->list);

	(void)err;
	node_str(node, "Id", NULL, item->id);
	node_str(node, "Name", NULL,
		 item->is_image ? item->image.image.name : "-");
	node_str(node, "Owner", NULL, depot_item_owner(item));
	node_str(node, "Source", NULL, item->source);
	node_time(node, "Published", NULL, item->published);
	node_str(node, "Description", NULL, item->description);
	return true;
}

static bool bad(void *data, const char *id, const char *why)
{
	struct rows *rows = data;
	struct node *node = node_item(rows->list);

	node_str(node, "Id", NULL, id);
	node_str(node, "Name", NULL, "-");
	node_str(node, "Owner", NULL, "-");
	node_str(node, "Source", NULL, "-");
	node_str(node, "Published", NULL, "-");
	node_str(node, "Description", NULL, why);
	rows->damaged++;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct rows rows = { node_list(reply->root, "Contents", NULL), 0 };

	if (!region_contents(call, args_str(args, "Name", ""), row, bad, &rows,
			     err))
		return false;
	if (rows.damaged) {
		reply->note = "some of it is damaged";
		reply->exit_code = 1;
	}
	return true;
}

const struct action verb_region_contents = {
	.name = "region contents",
	.brief = "list what is in a region in a bucket",
	.about = "Lists the snapshots and images that the account may copy "
		 "from there, with the ids that they have there and those of "
		 "what they were published from. What is damaged is listed "
		 "with the reason; then it exits with 1.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "the region" },
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami region contents site",
	.local = true,
	.run = run,
};
