/* describe-network-interfaces.c - the interfaces of the caller's instances */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/interface.h"
#include "launcher/instance/reconcile.h"

static bool row(void *data, const struct interface *interface,
		struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, interface->seq);

	return !item ||
	       reply_interface(describe->call->store->db, interface, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return interface_list(describe->call->store->db, &describe->page.query,
			      row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	return reconcile(describe->call, err);
}

static bool see(const struct describe *describe, const char *id,
		struct error *err)
{
	struct interface interface;

	return authorise_interface(describe->call, RIGHT_SEE, id,
				   describe->arena, &interface, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "NetworkInterfaceIds",
		.sdk = "NetworkInterfaces",
		.wire = "networkInterfaceSet",
		.prepare = prepare,
		.see = see,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_network_interfaces = {
	.name = "DescribeNetworkInterfaces",
	.brief = "list network interfaces",
	.about = "Lists the interfaces of the caller's instances. Each has "
		 "one, which comes and goes with it.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		PARAMS_DRY_RUN,
		{ "NetworkInterfaceIds", PARAM_ID, PARAM_LIST, "eni",
		  "only these interfaces", "NetworkInterfaceId" },
		PARAMS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INTERFACE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-network-interfaces "
		   "--filters Name=group-name,Values=default",
	.run = run,
};
