/* describe-regions.c - the region that this store is
 *
 * Regions are separate stores and know nothing of each other, so there is
 * exactly one to list.
 */
#include <string.h>

#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"

static const char *const filters[] = { "endpoint", "opt-in-status",
				       "region-name", NULL };

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *region = call->store->region;
	const json_t *names = args_get(args, "RegionNames");
	auto_free char *endpoint = format_text("ec2.%s.amazonaws.com", region);
	struct node *list, *item;
	size_t i;
	json_t *name;

	if (!endpoint)
		return fail_memory(err);
	json_array_foreach(names, i, name)
		if (strcmp(json_string_value(name), region) != 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Invalid region name: %.100s",
				    json_string_value(name));
	if (!filter_check(args_get(args, "Filters"), filters, err) ||
	    !call_dry_run(call, err))
		return false;
	list = node_list(reply->root, "Regions", "regionInfo");
	if (!filter_pass(args_get(args, "Filters"),
			 (const struct filter_value[]){
				 { "endpoint", endpoint },
				 { "opt-in-status", "opt-in-not-required" },
				 { "region-name", region },
			 },
			 3))
		return true;
	item = node_item(list);
	node_str(item, "Endpoint", "regionEndpoint", endpoint);
	node_str(item, "RegionName", "regionName", region);
	node_str(item, "OptInStatus", "optInStatus", "opt-in-not-required");
	return true;
}

const struct action action_describe_regions = {
	.name = "DescribeRegions",
	.brief = "list the region that this store is",
	.about = "A region is a store of its own; this one has the name that "
		 "it was given when it was made.",
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
