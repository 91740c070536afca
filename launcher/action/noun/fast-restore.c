/* fast-restore.c - a fast snapshot restore in a reply */
#include "launcher/action/noun/fast-restore.h"

#include <string.h>

/* EC2's: what a person did, and what came of it by itself. */
static const char *reason(const struct fast_restore *restore)
{
	return strcmp(restore->state, "enabling") == 0 ||
			       strcmp(restore->state, "disabling") == 0 ?
		       "Client.UserInitiated" :
		       "Client.UserInitiated - Lifecycle state transition";
}

static void put_time(struct node *into, const char *sdk, const char *wire,
		     usec_t when)
{
	if (when)
		node_time(into, sdk, wire, when);
}

void reply_fast_restore(const struct fast_restore *restore, struct node *into)
{
	node_str(into, "SnapshotId", "snapshotId", restore->snapshot);
	node_str(into, "AvailabilityZone", "availabilityZone", restore->zone);
	node_str(into, "AvailabilityZoneId", "availabilityZoneId",
		 restore->zone_id);
	node_str(into, "State", "state", restore->state);
	node_str(into, "StateTransitionReason", "stateTransitionReason",
		 reason(restore));
	node_str(into, "OwnerId", "ownerId", restore->owner);
	put_time(into, "EnablingTime", "enablingTime", restore->enabling);
	put_time(into, "OptimizingTime", "optimizingTime", restore->optimizing);
	put_time(into, "EnabledTime", "enabledTime", restore->enabled);
	put_time(into, "DisablingTime", "disablingTime", restore->disabling);
	put_time(into, "DisabledTime", "disabledTime", restore->disabled);
}

/* A batch under way. */
struct batch {
	struct call *call;
	struct arena *arena;
	const json_t *zones;
	bool by_id; /* that are the zones' ids */
	bool (*change)(struct call *call, const char *snapshot,
		       const char *zone, struct arena *arena,
		       struct fast_restore *ret_restore, struct error *err);
	struct node *done;
	struct node *failed;
};

/* The zone that is meant; one that there is not keeps its name. */
static const char *zone_of(const struct batch *batch, const char *text)
{
	const char *ours = store_zone_id(batch->call->store, batch->arena);

	return batch->by_id && ours && strcmp(text, ours) == 0 ?
		       store_zone(batch->call->store, batch->arena) :
		       text;
}

/* Lists what went wrong with a snapshot in a zone, below the snapshot. */
static void put_failure(const struct batch *batch, const char *snapshot,
			const char *zone, const struct error *why,
			struct node **errors)
{
	struct node *one;

	if (!*errors) {
		struct node *item = node_item(batch->failed);

		node_str(item, "SnapshotId", "snapshotId", snapshot);
		*errors = node_list(item, "FastSnapshotRestoreStateErrors",
				    "fastSnapshotRestoreStateErrorSet");
	}
	one = node_item(*errors);
	if (batch->by_id)
		node_str(one, "AvailabilityZoneId", "availabilityZoneId", zone);
	else
		node_str(one, "AvailabilityZone", "availabilityZone", zone);
	one = node_struct(one, "Error", "error");
	node_str(one, "Code", "code", fault_code(why->fault));
	node_str(one, "Message", "message", why->text);
}

/* One snapshot in all zones; a fault of the host's is not the caller's, and
 * ends the call. */
static bool change_one(const struct batch *batch, const char *snapshot,
		       struct error *err)
{
	struct node *errors = NULL;

	for (size_t i = 0; i < json_array_size(batch->zones); i++) {
		const char *zone =
			json_string_value(json_array_get(batch->zones, i));
		struct fast_restore restore;
		struct error why = { 0 };

		if (batch->change(batch->call, snapshot, zone_of(batch, zone),
				  batch->arena, &restore, &why)) {
			reply_fast_restore(&restore, node_item(batch->done));
			continue;
		}
		if (fault_status(why.fault) >= 500) {
			*err = why;
			return false;
		}
		put_failure(batch, snapshot, zone, &why, &errors);
	}
	return true;
}

bool fast_restore_batch(struct call *call, const struct args *args,
			bool (*change)(struct call *call, const char *snapshot,
				       const char *zone, struct arena *arena,
				       struct fast_restore *ret_restore,
				       struct error *err),
			struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const json_t *snapshots = args_get(args, "SourceSnapshotIds");
	const json_t *names = args_get(args, "AvailabilityZones");
	const json_t *ids = args_get(args, "AvailabilityZoneIds");
	struct batch batch = {
		.call = call,
		.arena = arena,
		.zones = ids ? ids : names,
		.by_id = ids != NULL,
		.change = change,
	};

	if (!arena)
		return fail_memory(err);
	if (names && ids)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "AvailabilityZones and AvailabilityZoneIds are not "
			    "given both");
	if (!json_array_size(batch.zones))
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "AvailabilityZones");
	if (!call_dry_run(call, err) || !fast_settle(call, err))
		return false;
	batch.done = node_list(reply->root, "Successful", "successful");
	batch.failed = node_list(reply->root, "Unsuccessful", "unsuccessful");
	for (size_t i = 0; i < json_array_size(snapshots); i++)
		if (!change_one(&batch,
				json_string_value(json_array_get(snapshots, i)),
				err))
			return false;
	return true;
}
