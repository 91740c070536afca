/* describe-addresses.c - list elastic IP addresses, of which there are none
 *
 * Clients look for one that is associated with the instance that they end.
 */
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/filter.h"

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

static bool prepare(struct describe *describe, struct error *err)
{
	const json_t *addresses = args_get(describe->args, "PublicIps");

	if (!filter_check(args_get(describe->args, "Filters"), filters, err))
		return false;
	return !addresses ||
	       fail(err, FAULT_PUBLIC_ADDRESS_NOT_FOUND,
		    "The address '%.64s' does not exist",
		    json_string_value(json_array_get(addresses, 0)));
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	(void)describe;
	return fail(err, FAULT_ALLOCATION_NOT_FOUND,
		    "The allocation ID '%.64s' does not exist", id);
}

static bool rows(struct describe *describe, struct error *err)
{
	(void)describe;
	(void)err;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "AllocationIds",
		.sdk = "Addresses",
		.wire = "addressesSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
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
