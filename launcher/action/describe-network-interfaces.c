/* describe-network-interfaces.c - the interfaces of the caller's instances */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/interface.h"
#include "launcher/action/query.h"
#include "launcher/instance/reconcile.h"

struct rows {
	struct db *db;
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct interface *interface,
		struct error *err)
{
	struct rows *rows = data;

	if (!page_row(rows->page, interface->seq))
		return true;
	return reply_interface(rows->db, interface, node_item(rows->list), err);
}

static bool check_ids(const struct call *call, const struct query *query,
		      struct arena *arena, struct error *err)
{
	struct interface interface;

	for (size_t i = 0; i < query->id_count; i++)
		if (!authorise_interface(call, RIGHT_SEE, query->ids[i], arena,
					 &interface, err))
			return false;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .db = call->store->db, .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "NetworkInterfaceIds", arena, &page, err) ||
	    !reconcile(call, err) || !check_ids(call, &page.query, arena, err))
		return false;
	rows.list = node_list(reply->root, "NetworkInterfaces",
			      "networkInterfaceSet");
	return interface_list(call->store->db, &page.query, row, &rows, err) &&
	       page_close(call, &page, reply->root, err);
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
