/* describe-volume-status.c - whether volumes are well
 *
 * What is in the store can be read and written, or its instance is paused by a
 * full disk, which describe-instances tells; so every volume is "ok" here.
 */
#include "images/authorise.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/filter.h"

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

static bool row(void *data, const struct volume *volume, struct error *err)
{
	struct describe *describe = data;
	struct node *item = NULL, *status, *details;
	const struct filter_value values[] = {
		{ "availability-zone", volume->zone },
		{ "volume-status.details-name", "io-enabled" },
		{ "volume-status.details-name", "io-performance" },
		{ "volume-status.details-status", "passed" },
		{ "volume-status.details-status", "not-applicable" },
		{ "volume-status.status", "ok" },
	};

	(void)err;
	if (filter_pass(args_get(describe->args, "Filters"), values,
			sizeof(values) / sizeof(*values)))
		item = describe_item(describe, volume->seq);
	if (!item)
		return true;
	node_list(item, "Actions", "actionsSet");
	node_str(item, "AvailabilityZone", "availabilityZone", volume->zone);
	node_list(item, "Events", "eventsSet");
	node_str(item, "VolumeId", "volumeId", volume->id);
	status = node_struct(item, "VolumeStatus", "volumeStatus");
	details = node_list(status, "Details", "details");
	reply_detail(details, "io-enabled", "passed");
	reply_detail(details, "io-performance", "not-applicable");
	node_str(status, "Status", "status", "ok");
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
