/* describe-instance-type-offerings.c - every type is offered here */
#include <string.h>

#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"
#include "launcher/action/type.h"

static const char *const filters[] = { "instance-type", "location", NULL };

/* What is asked for, and where all types are. */
struct offers {
	const json_t *filters;
	const char *location;
};

static bool passes(const void *data, const struct instance_type *type)
{
	const struct offers *offers = data;
	const struct filter_value values[] = {
		{ "instance-type", type->name },
		{ "location", offers->location },
	};

	return filter_pass(offers->filters, values, 2);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *where = args_str(args, "LocationType", "region");
	auto_of(arena) arena = arena_new();
	struct offers offers = { .filters = args_get(args, "Filters") };
	const struct instance_type *type;
	struct page page;
	struct node *list, *item;
	size_t at = 0;

	if (!arena)
		return fail_memory(err);
	offers.location = strcmp(where, "region") == 0 ?
				  call->store->region :
			  strcmp(where, "availability-zone") == 0 ?
				  store_zone(call->store, arena) :
				  store_zone_id(call->store, arena);
	if (!offers.location)
		return fail_memory(err);
	if (!page_open(call, args, NULL, arena, &page, err) ||
	    !filter_check(offers.filters, filters, err))
		return false;
	list = node_list(reply->root, "InstanceTypeOfferings",
			 "instanceTypeOfferingSet");
	while ((type = type_next(&page, passes, &offers, &at))) {
		item = node_item(list);
		node_str(item, "InstanceType", "instanceType", type->name);
		node_str(item, "LocationType", "locationType", where);
		node_str(item, "Location", "location", offers.location);
	}
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_instance_type_offerings = {
	.name = "DescribeInstanceTypeOfferings",
	.brief = "list where instance types are offered",
	.about = "Every type is offered in the region and zone of this store.",
	.params = (const struct param[]) {
		{ "LocationType", PARAM_STRING, 0,
		  "region|availability-zone|availability-zone-id", "what to list by" },
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
