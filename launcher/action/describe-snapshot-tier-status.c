/* describe-snapshot-tier-status.c - where snapshots are, and on which way */
#include "images/registry/tier.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/tags.h"
#include "launcher/action/why.h"

static bool reply_tier(struct call *call, const struct snapshot_tier *tier,
		       struct node *into, struct error *err)
{
	node_str(into, "SnapshotId", "snapshotId", tier->snapshot);
	node_str(into, "VolumeId", "volumeId", tier->volume);
	node_str(into, "Status", "status", tier->state);
	node_str(into, "OwnerId", "ownerId", tier->owner);
	if (!reply_tags(call->store->db, tier->snapshot, true, into, err))
		return false;
	node_str(into, "StorageTier", "storageTier", tier->tier);
	if (!tier->status)
		return true;
	node_time(into, "LastTieringStartTime", "lastTieringStartTime",
		  tier->started);
	node_int(into, "LastTieringProgress", "lastTieringProgress",
		 tier->progress);
	node_str(into, "LastTieringOperationStatus",
		 "lastTieringOperationStatus", tier->status);
	if (tier->detail)
		node_why(into, "LastTieringOperationStatusDetail",
			 "lastTieringOperationStatusDetail", tier->detail);
	if (tier->archived)
		node_time(into, "ArchivalCompleteTime", "archivalCompleteTime",
			  tier->archived);
	if (tier->expires)
		node_time(into, "RestoreExpiryTime", "restoreExpiryTime",
			  tier->expires);
	return true;
}

static bool row(void *data, const struct snapshot_tier *tier, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, tier->seq);

	return !item || reply_tier(describe->call, tier, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return snapshot_tier_list(describe->call->store->db,
				  &describe->page.query, row, describe, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.sdk = "SnapshotTierStatuses",
		.wire = "snapshotTierStatusSet",
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_snapshot_tier_status = {
	.name = "DescribeSnapshotTierStatus",
	.brief = "list the caller's snapshots with their tiers",
	.about = "Says of each snapshot whether it is archived, what was done "
		 "last about that, how far it is and why it failed, and when "
		 "one that was restored for some days is archived again.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_NEXT_TOKEN,
		FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami describe-snapshot-tier-status --filters "
		   "Name=last-tiering-operation,Values=archival-completed",
	.run = run,
};
