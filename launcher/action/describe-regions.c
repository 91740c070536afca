/* describe-regions.c - the region that this store is, and those it knows
 *
 * Regions are separate stores: `qami region add` tells one of another.
 */
#include <string.h>

#include "images/region.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"

static const char *const filters[] = { "endpoint", "opt-in-status",
				       "region-name", NULL };

/* Regions on their way into the answer. */
struct listing {
	const struct args *args;
	struct node *list;
};

static bool is_asked_for(const struct listing *listing, const char *region)
{
	const json_t *names = args_get(listing->args, "RegionNames");
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name)
		if (strcmp(json_string_value(name), region) == 0)
			return true;
	return !names;
}

static bool row(void *data, const struct region *region, struct error *err)
{
	struct listing *listing = data;
	auto_free char *endpoint =
		format_text("ec2.%s.amazonaws.com", region->name);
	struct node *item;

	if (!endpoint)
		return fail_memory(err);
	if (!is_asked_for(listing, region->name) ||
	    !filter_pass(args_get(listing->args, "Filters"),
			 (const struct filter_value[]){
				 { "endpoint", endpoint },
				 { "opt-in-status", "opt-in-not-required" },
				 { "region-name", region->name },
			 },
			 3))
		return true;
	item = node_item(listing->list);
	node_str(item, "Endpoint", "regionEndpoint", endpoint);
	node_str(item, "RegionName", "regionName", region->name);
	node_str(item, "OptInStatus", "optInStatus", "opt-in-not-required");
	return true;
}

/* Whether each region that is named is one. */
static bool check_names(struct call *call, const struct args *args,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct region region;
	size_t i;
	json_t *name;
	bool found;

	if (!arena)
		return fail_memory(err);
	json_array_foreach(args_get(args, "RegionNames"), i, name) {
		const char *text = json_string_value(name);

		if (strcmp(text, call->store->region) == 0)
			continue;
		if (!region_get(call->store->db, text, arena, &region, &found,
				err))
			return false;
		if (!found)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Invalid region name: %.100s", text);
	}
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct listing listing = { .args = args };
	const struct region own = { .name = call->store->region };

	if (!check_names(call, args, err) ||
	    !filter_check(args_get(args, "Filters"), filters, err) ||
	    !call_dry_run(call, err))
		return false;
	listing.list = node_list(reply->root, "Regions", "regionInfo");
	return row(&listing, &own, err) &&
	       region_rows(call->store->db, row, &listing, err);
}

const struct action action_describe_regions = {
	.name = "DescribeRegions",
	.brief = "list the region that this store is, and those it knows",
	.about = "A region is a store of its own; this one has the name that "
		 "it was given when it was made, others were named by 'qami "
		 "region add'.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "RegionNames", PARAM_STRING, PARAM_LIST, NULL,
		  "only these", "RegionName" },
		{ "AllRegions", PARAM_BOOLEAN, 0, NULL,
		  "makes no difference here" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
					 FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami describe-regions --query 'Regions[].RegionName'",
	.run = run,
};
