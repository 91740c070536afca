/* describe-instances.c - the caller's instances, by reservation */
#include <stdio.h>
#include <string.h>

#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/instance.h"
#include "launcher/instance/reconcile.h"

/* The reservation at hand. */
struct reservation {
	struct describe *describe;
	struct node *instances;
	char id[ID_SIZE];
};

/* Instances of one launch follow each other, as they were written. */
static bool row(void *data, const struct instance *instance, struct error *err)
{
	struct reservation *at = data;
	struct describe *describe = at->describe;

	if (!page_row(&describe->page, instance->seq))
		return true;
	if (strcmp(at->id, instance->reservation) != 0) {
		at->instances = reply_reservation(instance, node_item(describe->list));
		snprintf(at->id, sizeof(at->id), "%s", instance->reservation);
	}
	return reply_instance(describe->call->store->db, instance,
			      node_item(at->instances), err);
}

static bool rows(struct describe *describe, struct error *err)
{
	struct reservation at = { .describe = describe };

	return reconcile(describe->call, err) &&
	       instance_list(describe->call->store->db, &describe->page.query,
			     row, &at, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "InstanceIds",
		.sdk = "Reservations",
		.wire = "reservationSet",
		.see = describe_see_instance,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_instances = {
	.name = "DescribeInstances",
	.brief = "list instances",
	.about = "Lists the caller's instances with their true state: machines "
		 "are looked at before the answer. Terminated ones are listed "
		 "for an hour.",
	.params = (const struct param[]) {
		{ "InstanceIds", PARAM_ID, PARAM_LIST, "i",
		  "only these instances", "InstanceId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-instances "
		   "--filters Name=instance-state-name,Values=running",
	.run = run,
};
