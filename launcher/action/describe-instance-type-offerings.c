/* describe-instance-type-offerings.c - every type is offered here */
#include <string.h>

#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"
#include "launcher/action/type.h"

static const char *const filters[] = { "instance-type", "location", NULL };

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *where = args_str(args, "LocationType", "region");
	const char *location = call->store->region;
	const json_t *wanted = args_get(args, "Filters");
	const struct instance_type *type;
	struct node *list;
	int64_t room;

	if (strcmp(where, "region") != 0)
		location = store_zone(call->store, reply->arena);
	if (!location)
		return fail_memory(err);
	if (!type_page(args, &type, &room, err) ||
	    !filter_check(wanted, filters, err) || !call_dry_run(call, err))
		return false;
	list = node_list(reply->root, "InstanceTypeOfferings",
			 "instanceTypeOfferingSet");
	for (; type->name && room; type++) {
		const struct filter_value values[] = {
			{ "instance-type", type->name },
			{ "location", location },
		};
		struct node *item;

		if (!filter_pass(wanted, values, 2))
			continue;
		item = node_item(list);
		node_str(item, "InstanceType", "instanceType", type->name);
		node_str(item, "LocationType", "locationType", where);
		node_str(item, "Location", "location", location);
		room--;
	}
	node_str(reply->root, "NextToken", "nextToken", type->name);
	return true;
}

const struct action action_describe_instance_type_offerings = {
	.name = "DescribeInstanceTypeOfferings",
	.brief = "list where instance types are offered",
	.about = "Every type is offered in the region and zone of this store.",
	.params = (const struct param[]) {
		{ "LocationType", PARAM_STRING, 0,
		  "region|availability-zone", "what to list by" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_PARAMETER, FAULT_INVALID_NEXT_TOKEN,
		FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami describe-instance-type-offerings "
		   "--filters 'Name=instance-type,Values=t3.*'",
	.run = run,
};
