/* monitoring.c - what MonitorInstances and UnmonitorInstances share */
#include "launcher/action/monitoring.h"

#include "images/authorise.h"
#include "launcher/action/noun/instance.h"
#include "launcher/action/query.h"

bool monitoring_set(struct call *call, const struct args *args, bool wanted,
		    struct reply *reply, struct error *err)
{
	struct node *list =
		node_list(reply->root, "InstanceMonitorings", "instancesSet");
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	struct instance instance;
	size_t count;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!args_texts(args_get(args, "InstanceIds"), arena, &ids, &count,
			err) ||
	    !tx_begin(&tx, call->store->db, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);

		if (!authorise_instance(call, RIGHT_OWN, ids[i], arena,
					&instance, err) ||
		    !instance_set_flag(call->store->db, ids[i],
				       INSTANCE_MONITORING, wanted, err))
			return false;
		node_str(item, "InstanceId", "instanceId", ids[i]);
		reply_monitoring(item, wanted);
	}
	return call_dry_run(call, err) && tx_commit(&tx, err);
}
