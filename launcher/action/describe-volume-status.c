/* describe-volume-status.c - whether volumes are well
 *
 * What is in the store can be read and written, or its instance is paused by a
 * full disk, which describe-instances tells; so such a volume is "ok". One
 * whose blocks still come from elsewhere is being initialized, and "impaired"
 * while that cannot be read, or for ever when that has gone for good: its
 * instance waits.
 */
#include "images/authorise.h"
#include "images/fill.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/filter.h"

#include <string.h>

static const char *const filters[] = {
	"action.code", "action.description", "action.event-id",
	"availability-zone", "event.description", "event.event-id",
	"event.event-type", "event.not-after", "event.not-before",
	"volume-status.details-name", "volume-status.details-status",
	"volume-status.status", NULL
};

static void reply_detail(struct node *list, const char *name,
			 const char *status)
{
	struct node *item = node_item(list);

	node_str(item, "Name", "name", name);
	node_str(item, "Status", "status", status);
}

/* How a volume is. */
struct health {
	bool fills;
	bool impaired;
	const char *initialization; /* NULL: there is none to tell of */
	struct filling filling;
};

static bool look(struct describe *describe, const struct volume *volume,
		 struct arena *arena, struct health *ret_health,
		 struct error *err)
{
	struct health health = { .fills = false };

	if (!fill_look(describe->call, volume->layer, arena, &health.filling,
		       &health.fills, err))
		return false;
	health.impaired = health.fills &&
			  strcmp(health.filling.state, "filling") != 0;
	health.initialization = health.fills	  ? "initializing" :
				*volume->snapshot ? "completed" :
						    NULL;
	*ret_health = health;
	return true;
}

static void reply_status(struct node *item, const struct health *health)
{
	struct node *status = node_struct(item, "VolumeStatus", "volumeStatus");
	struct node *details = node_list(status, "Details", "details");

	reply_detail(details, "io-enabled",
		     health->impaired ? "failed" : "passed");
	reply_detail(details, "io-performance", "not-applicable");
	if (health->initialization)
		reply_detail(details, "initialization-state",
			     health->initialization);
	node_str(status, "Status", "status",
		 health->impaired ? "impaired" : "ok");
}

static void reply_initialization(struct node *item, const struct volume *volume,
				 const struct health *health)
{
	struct node *details = node_struct(item, "InitializationStatusDetails",
					   "initializationStatusDetails");
	const struct filling *filling = &health->filling;

	node_str(details, "InitializationType", "initializationType",
		 volume->initialization_rate ? "provisioned-rate" : "default");
	node_int(details, "Progress", "progress", fill_percent(filling));
	if (!health->impaired && filling->blocks)
		node_int(details, "EstimatedTimeToCompleteInSeconds",
			 "estimatedTimeToCompleteInSeconds",
			 fill_seconds(filling, volume->initialization_rate));
}

static bool passes(const struct describe *describe, const struct volume *volume,
		   const struct health *health)
{
	const struct filter_value values[] = {
		{ "availability-zone", volume->zone },
		{ "volume-status.details-name", "io-enabled" },
		{ "volume-status.details-name", "io-performance" },
		{ "volume-status.details-name",
		  health->initialization ? "initialization-state" : NULL },
		{ "volume-status.details-status",
		  health->impaired ? "failed" : "passed" },
		{ "volume-status.details-status", "not-applicable" },
		{ "volume-status.details-status", health->initialization },
		{ "volume-status.status",
		  health->impaired ? "impaired" : "ok" },
	};

	return filter_pass(args_get(describe->args, "Filters"), values,
			   sizeof(values) / sizeof(*values));
}

static bool row(void *data, const struct volume *volume, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct describe *describe = data;
	struct node *item = NULL;
	struct health health;

	if (!arena)
		return fail_memory(err);
	if (!look(describe, volume, arena, &health, err))
		return false;
	if (passes(describe, volume, &health))
		item = describe_item(describe, volume->seq);
	if (!item)
		return true;
	node_list(item, "Actions", "actionsSet");
	node_str(item, "AvailabilityZone", "availabilityZone", volume->zone);
	node_list(item, "Events", "eventsSet");
	node_str(item, "VolumeId", "volumeId", volume->id);
	reply_status(item, &health);
	if (health.fills)
		reply_initialization(item, volume, &health);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return volume_list(describe->call->store->db, &describe->page.query,
			   row, describe, err);
}

static bool prepare(struct describe *describe, struct error *err)
{
	struct query *query = &describe->page.query;

	/* what passes, and how much of it a page holds, only row() knows */
	query->filter_count = 0;
	query->limit = 0;
	return authorise_volumes(describe->call, query->ids, query->id_count,
				 err) &&
	       filter_check(args_get(describe->args, "Filters"), filters, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "VolumeIds",
		.sdk = "VolumeStatuses",
		.wire = "volumeStatusSet",
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_volume_status = {
	.name = "DescribeVolumeStatus",
	.brief = "tell whether volumes are well",
	.about = "Lists the status of the caller's volumes.",
	.params = (const struct param[]) {
		{ "VolumeIds", PARAM_ID, PARAM_LIST, "vol",
		  "only these volumes", "VolumeId" },
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_INVALID_NEXT_TOKEN, FAULT_NONE },
	.example = "qami describe-volume-status --filters "
		   "Name=volume-status.status,Values=impaired",
	.run = run,
};
