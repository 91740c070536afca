/* describe-addresses.c - list elastic IP addresses, of which there are none
 *
 * Clients look for one that is associated with the instance that they end.
 */
#include "launcher/action/action.h"
#include "launcher/action/filter.h"
#include "launcher/action/query.h"

static const char *const filters[] = {
	"allocation-id",
	"association-id",
	"domain",
	"instance-id",
	"network-border-group",
	"network-interface-id",
	"network-interface-owner-id",
	"private-ip-address",
	"public-ip",
	"tag-key",
	"tag:*",
	NULL
};

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "AllocationIds", arena, &page, err) ||
	    !filter_check(args_get(args, "Filters"), filters, err))
		return false;
	if (args_has(args, "AllocationIds"))
		return fail(err, FAULT_ALLOCATION_NOT_FOUND,
			    "The allocation ID '%.64s' does not exist",
			    json_string_value(json_array_get(
				    args_get(args, "AllocationIds"), 0)));
	if (args_has(args, "PublicIps"))
		return fail(err, FAULT_PUBLIC_ADDRESS_NOT_FOUND,
			    "The address '%.64s' does not exist",
			    json_string_value(json_array_get(
				    args_get(args, "PublicIps"), 0)));
	node_list(reply->root, "Addresses", "addressesSet");
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_addresses = {
	.name = "DescribeAddresses",
	.brief = "list elastic IP addresses, of which there are none",
	.about = "There are no public addresses here, so that the list is empty.",
	.params = (const struct param[]) {
		{ "AllocationIds", PARAM_ID, PARAM_LIST, "eipalloc",
		  "only these", "AllocationId" },
		{ "PublicIps", PARAM_STRING, PARAM_LIST, NULL, "only these",
		  "PublicIp" },
		PARAMS_FILTERS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ALLOCATION_NOT_FOUND, FAULT_PUBLIC_ADDRESS_NOT_FOUND,
		FAULT_NONE },
	.example = "qami describe-addresses",
	.run = run,
};
