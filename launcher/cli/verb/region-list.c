/* region-list.c - this store and the others that it knows */
#include "images/region.h"
#include "launcher/action/action.h"

static bool row(void *data, const struct region *region, struct error *err)
{
	struct node *item = node_item(data);

	(void)err;
	node_str(item, "Name", NULL, region->name);
	node_str(item, "Store", NULL, region->place);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct node *list = node_list(reply->root, "Regions", NULL);
	const struct region own = { call->store->region, call->store->path, 0 };

	(void)args;
	return row(list, &own, err) &&
	       region_rows(call->store->db, row, list, err);
}

const struct action verb_region_list = {
	.name = "region list",
	.brief = "list the regions and their stores",
	.about = "The first one is the store's own.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "names only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami region list",
	.local = true,
	.run = run,
};
