/* describe-instance-status.c - whether instances and their host are well
 *
 * The host's status is ours to tell; the guest's is "ok" as soon as it runs,
 * because nobody asks the guest.
 */
#include <string.h>

#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/instance.h"
#include "launcher/action/query.h"
#include "launcher/instance/reconcile.h"

struct rows {
	struct page *page;
	struct node *list;
	bool all; /* IncludeAllInstances */
};

static void reply_status(struct node *into, const char *sdk, const char *wire,
			 bool running)
{
	struct node *node = node_struct(into, sdk, wire);

	if (running) {
		struct node *item =
			node_item(node_list(node, "Details", "details"));

		node_str(item, "Name", "name", "reachability");
		node_str(item, "Status", "status", "passed");
	}
	node_str(node, "Status", "status", running ? "ok" : "not-applicable");
}

static bool row(void *data, const struct instance *instance, struct error *err)
{
	struct rows *rows = data;
	bool running = strcmp(instance->state, "running") == 0;
	struct node *item;

	(void)err;
	if ((!rows->all && !running) || !page_row(rows->page, instance->seq))
		return true;
	item = node_item(rows->list);
	node_str(item, "AvailabilityZone", "availabilityZone", instance->zone);
	node_str(item, "InstanceId", "instanceId", instance->id);
	reply_state(item, "InstanceState", "instanceState", instance->state);
	reply_status(item, "InstanceStatus", "instanceStatus", running);
	reply_status(item, "SystemStatus", "systemStatus", running);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = {
		.page = &page,
		.all = args_bool(args, "IncludeAllInstances", false),
	};
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "InstanceIds", arena, &page, err))
		return false;
	/* the limit counts rows that are shown, which only row() knows */
	page.query.limit = 0;
	for (size_t i = 0; i < page.query.id_count; i++)
		if (!authorise_instance(call, RIGHT_SEE, page.query.ids[i],
					arena, &instance, err))
			return false;
	if (!reconcile(call, err))
		return false;
	rows.list =
		node_list(reply->root, "InstanceStatuses", "instanceStatusSet");
	if (!instance_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
}

const struct action action_describe_instance_status = {
	.name = "DescribeInstanceStatus",
	.brief = "tell whether instances are well",
	.about = "Lists the status of running instances, or of all.",
	.params = (const struct param[]) {
		{ "InstanceIds", PARAM_ID, PARAM_LIST, "i",
		  "only these instances", "InstanceId" },
		{ "IncludeAllInstances", PARAM_BOOLEAN, 0, NULL,
		  "those that do not run, too" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-instance-status --include-all-instances",
	.run = run,
};
