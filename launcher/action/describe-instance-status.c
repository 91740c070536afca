/* describe-instance-status.c - whether instances and their host are well
 *
 * The host's status is ours to tell; the guest's is "ok" as soon as it runs,
 * because nobody asks the guest.
 */
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/instance.h"
#include "launcher/instance/reconcile.h"

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
	struct describe *describe = data;
	bool running = strcmp(instance->state, "running") == 0;
	bool all = args_bool(describe->args, "IncludeAllInstances", false);
	struct node *item = NULL;

	(void)err;
	if (running || all)
		item = describe_item(describe, instance->seq);
	if (!item)
		return true;
	node_str(item, "AvailabilityZone", "availabilityZone", instance->zone);
	node_str(item, "InstanceId", "instanceId", instance->id);
	reply_state(item, "InstanceState", "instanceState", instance->state);
	reply_status(item, "InstanceStatus", "instanceStatus", running);
	reply_status(item, "SystemStatus", "systemStatus", running);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return reconcile(describe->call, err) &&
	       instance_list(describe->call->store->db, &describe->page.query,
			     row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	(void)err;
	/* the limit counts rows that are shown, which only row() knows */
	describe->page.query.limit = 0;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "InstanceIds",
		.sdk = "InstanceStatuses",
		.wire = "instanceStatusSet",
		.prepare = prepare,
		.see = describe_see_instance,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
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
