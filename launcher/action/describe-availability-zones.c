/* describe-availability-zones.c - the one zone of this store's region */
#include <string.h>

#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/filter.h"

static const char *const filters[] = {
	"group-long-name", "group-name",       "message",
	"opt-in-status",   "parent-zone-id",   "parent-zone-name",
	"parent-zoneID",   "parent-zoneName",  "region-name",
	"state",	   "zone-id",	       "zone-name",
	"zone-type",	   NULL
};

static void reply_zone(struct node *list, const char *region, const char *zone,
		       const char *id)
{
	struct node *item = node_item(list);

	node_str(item, "State", "zoneState", "available");
	node_str(item, "OptInStatus", "optInStatus", "opt-in-not-required");
	node_list(item, "Messages", "messageSet");
	node_str(item, "RegionName", "regionName", region);
	node_str(item, "ZoneName", "zoneName", zone);
	node_str(item, "ZoneId", "zoneId", id);
	node_str(item, "GroupName", "groupName", region);
	node_str(item, "NetworkBorderGroup", "networkBorderGroup", region);
	node_str(item, "ZoneType", "zoneType", "availability-zone");
}

static bool check_listed(const json_t *list, const char *have,
			 struct error *err)
{
	size_t i;
	json_t *name;

	json_array_foreach(list, i, name)
		if (strcmp(json_string_value(name), have) != 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "Invalid availability zone: [%.100s]",
				    json_string_value(name));
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *region = call->store->region;
	const char *zone = store_zone(call->store, reply->arena);
	const char *id = store_zone_id(call->store, reply->arena);
	struct node *list;

	if (!zone || !id)
		return fail_memory(err);
	if (!check_listed(args_get(args, "ZoneNames"), zone, err) ||
	    !check_listed(args_get(args, "ZoneIds"), id, err) ||
	    !filter_check(args_get(args, "Filters"), filters, err) ||
	    !call_dry_run(call, err))
		return false;
	list = node_list(reply->root, "AvailabilityZones",
			 "availabilityZoneInfo");
	if (filter_pass(args_get(args, "Filters"),
			(const struct filter_value[]){
				{ "group-name", region },
				{ "opt-in-status", "opt-in-not-required" },
				{ "region-name", region },
				{ "state", "available" },
				{ "zone-id", id },
				{ "zone-name", zone },
				{ "zone-type", "availability-zone" },
			},
			7))
		reply_zone(list, region, zone, id);
	return true;
}

const struct action action_describe_availability_zones = {
	.name = "DescribeAvailabilityZones",
	.brief = "list the zone of this store's region",
	.about = "One box is one zone: its name is the region's with an 'a'.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "ZoneNames", PARAM_STRING, PARAM_LIST, NULL, "only these",
		  "ZoneName" },
		{ "ZoneIds", PARAM_STRING, PARAM_LIST, NULL,
		  "only those with these ids", "ZoneId" },
		{ "AllAvailabilityZones", PARAM_BOOLEAN, 0, NULL,
		  "makes no difference here" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
					 FAULT_DRY_RUN, FAULT_NONE },
	.example = "qami describe-availability-zones --output text",
	.run = run,
};
