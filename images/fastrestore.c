/* fastrestore.c - snapshots that are kept flattened and warm
 *
 * What was asked for and what time changes are rows; the layer is the job's
 * (images/fastjob.c). A state that is due needs nobody who waits for it:
 * whoever looks next writes down since when it has been so.
 */
#include "images/fastrestore.h"

#include <stdio.h>
#include <string.h>

#include "images/authorise.h"
#include "images/base/sizes.h"
#include "images/chain/warm.h"
#include "images/credit.h"
#include "images/fastjob.h"
#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/snapshot.h"

#define KEEP (3600 * USEC_PER_SEC) /* what is disabled is listed so long */
#define WARM_MOST (1ULL << 30)

static bool is_state(const struct fast_restore *restore, const char *state)
{
	return strcmp(restore->state, state) == 0;
}

static bool is_active(const struct fast_restore *restore)
{
	return is_state(restore, "enabling") ||
	       is_state(restore, "optimizing") || is_state(restore, "enabled");
}

static int64_t snapshots_most(void)
{
	const char *text = getenv("QAMI_FSR_SNAPSHOTS");

	return text && *text ? strtoll(text, NULL, 10) : FAST_SNAPSHOTS_MOST;
}

static bool check_zone(const struct call *call, const char *zone,
		       struct arena *arena, struct error *err)
{
	const char *ours = store_zone(call->store, arena);

	if (!ours)
		return fail_memory(err);
	return strcmp(zone, ours) == 0 ||
	       fail(err, FAULT_INVALID_ZONE, "The zone '%.64s' does not exist.",
		    zone);
}

static bool check_quota(const struct call *call, struct error *err)
{
	int64_t count;

	if (!fast_restore_count(call->store->db, call->account, &count, err))
		return false;
	return count <= snapshots_most() ||
	       fail(err, FAULT_RESOURCE_LIMIT,
		    "You have reached the limit of %lld snapshots with fast "
		    "snapshot restore.",
		    (long long)snapshots_most());
}

/* The row of what volumes will stand on: the snapshot's own layer, where that
 * is all there is, else a new one, encrypted as the snapshot's is. */
static bool layer_begin(struct call *call, const struct snapshot *snapshot,
			struct arena *arena, struct error *err)
{
	struct db *db = call->store->db;
	char name[LAYER_NAME_SIZE];
	struct layer top, layer;
	struct fast_layer known;
	bool found;

	if (!fast_layer_get(db, snapshot->id, arena, &known, &found, err))
		return false;
	if (found)
		return true;
	if (!layer_get(db, snapshot->layer, arena, &top, err))
		return false;
	if (!top.parent)
		return fast_layer_insert(db, snapshot->id, NULL, err);
	layer_name_new(LAYER_QCOW2, name);
	layer = top;
	layer.name = name;
	layer.parent = NULL;
	layer.state = "active";
	return layer_insert(db, &layer, err) &&
	       fast_layer_insert(db, snapshot->id, name, err);
}

bool fast_enable(struct call *call, const char *snapshot, const char *zone,
		 struct arena *arena, struct fast_restore *ret_restore,
		 struct error *err)
{
	struct db *db = call->store->db;
	struct snapshot row;
	auto_tx tx = TX_INIT;
	bool found;

	if (!tx_begin(&tx, db, err) ||
	    !authorise_snapshot(call, RIGHT_SEE, snapshot, arena, &row, err) ||
	    !check_zone(call, zone, arena, err) || !snapshot_ready(&row, err))
		return false;
	if (row.size > FAST_SIZE_MOST)
		return fail(err, FAULT_UNSUPPORTED,
			    "The snapshot '%s' has more than %d GiB: it cannot "
			    "be restored fast.",
			    snapshot, FAST_SIZE_MOST);
	if (!fast_restore_get(db, snapshot, zone, call->account, arena,
			      ret_restore, &found, err))
		return false;
	if (found && is_active(ret_restore))
		return true;
	*ret_restore = (struct fast_restore){
		.snapshot = row.id,
		.size = row.size,
		.zone = store_zone(call->store, arena),
		.zone_id = store_zone_id(call->store, arena),
		.owner = call->account,
		.state = "enabling",
		.enabling = call->now,
	};
	if (!ret_restore->zone || !ret_restore->zone_id)
		return fail_memory(err);
	return fast_restore_set(db, ret_restore, err) &&
	       check_quota(call, err) && layer_begin(call, &row, arena, err) &&
	       fastjob_queue(call, snapshot, err) && tx_commit(&tx, err);
}

bool fast_disable(struct call *call, const char *snapshot, const char *zone,
		  struct arena *arena, struct fast_restore *ret_restore,
		  struct error *err)
{
	struct db *db = call->store->db;
	struct snapshot row;
	auto_tx tx = TX_INIT;
	bool found;

	if (!tx_begin(&tx, db, err) ||
	    !authorise_snapshot(call, RIGHT_SEE, snapshot, arena, &row, err) ||
	    !check_zone(call, zone, arena, err) ||
	    !fast_restore_get(db, snapshot, zone, call->account, arena,
			      ret_restore, &found, err))
		return false;
	if (!found || !is_active(ret_restore))
		return fail(err, FAULT_INCORRECT_STATE,
			    "Fast snapshot restore is not enabled for the "
			    "snapshot '%s' in %s.",
			    snapshot, zone);
	ret_restore->state = "disabling";
	ret_restore->disabling = call->now;
	return fast_restore_set(db, ret_restore, err) &&
	       fastjob_queue(call, snapshot, err) && tx_commit(&tx, err);
}

bool fast_settle(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const char *const *revoked;
	auto_tx tx = TX_INIT;
	size_t count;
	bool stale;

	if (!arena)
		return fail_memory(err);
	if (!fast_restore_stale(db, call->now, call->now - KEEP, &stale, err))
		return false;
	if (!stale)
		return true;
	if (!tx_begin(&tx, db, err) ||
	    !fast_restore_ripen(db, call->now, err) ||
	    !fast_restore_forget(db, call->now - KEEP, err) ||
	    !fast_restore_revoke(db, call->now, arena, &revoked, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!fastjob_queue(call, revoked[i], err))
			return false;
	return tx_commit(&tx, err);
}

bool fast_take(struct call *call, const struct snapshot *snapshot,
	       const char *zone, const char *account, struct arena *arena,
	       const char **ret_layer, struct error *err)
{
	struct db *db = call->store->db;
	struct fast_restore restore;
	struct fast_layer layer;
	bool found, back;

	*ret_layer = NULL;
	if (!fast_settle(call, err) ||
	    !fast_restore_get(db, snapshot->id, zone, account, arena, &restore,
			      &found, err))
		return false;
	if (!found || !is_state(&restore, "enabled"))
		return true;
	restore.credits = credit_fill(restore.size, restore.credits,
				      restore.counted, call->now);
	/* a clock that went back: it fills from now on, not from then */
	back = restore.counted > call->now;
	restore.counted = call->now;
	if (restore.credits < credit_whole(restore.size))
		return !back || fast_restore_set(db, &restore, err);
	restore.credits -= credit_whole(restore.size);
	if (!fast_layer_get(db, snapshot->id, arena, &layer, &found, err))
		return false;
	if (!found)
		return true;
	*ret_layer = layer.layer ? layer.layer : snapshot->layer;
	return fast_restore_set(db, &restore, err);
}

/* Those that are left end with the layer. */
static bool end_all(struct call *call, const char *snapshot,
		    struct arena *arena, struct error *err)
{
	const struct fast_restore *all;
	size_t count;

	if (!fast_restore_active(call->store->db, snapshot, arena, &all, &count,
				 err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct fast_restore one = all[i];

		if (!one.disabling)
			one.disabling = call->now;
		one.disabled = call->now;
		one.state = "disabled";
		if (!fast_restore_set(call->store->db, &one, err))
			return false;
	}
	return true;
}

bool fast_forget(struct call *call, const char *snapshot, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct fast_layer layer;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!fast_layer_get(db, snapshot, arena, &layer, &found, err))
		return false;
	if (!found)
		return true;
	return end_all(call, snapshot, arena, err) &&
	       fast_layer_delete(db, snapshot, err) &&
	       (!layer.layer || layers_release(call, layer.layer, err));
}

bool fast_warm(struct call *call, uint64_t *ret_bytes, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	uint64_t most = size_setting("QAMI_FSR_WARM", WARM_MOST);
	const struct fast_restore *all;
	size_t count;

	*ret_bytes = 0;
	if (!arena)
		return fail_memory(err);
	if (!fast_restore_active(db, NULL, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count && *ret_bytes < most; i++) {
		struct snapshot snapshot;
		struct fast_layer layer;
		uint64_t bytes;
		bool there, known;

		if (!is_active(&all[i]))
			continue;
		if (!snapshot_get(db, all[i].snapshot, arena, &snapshot, &there,
				  err) ||
		    !fast_layer_get(db, all[i].snapshot, arena, &layer, &known,
				    err))
			return false;
		if (!there || !known || !layer.built)
			continue;
		if (!layer_warm(call->store->chain,
				layer.layer ? layer.layer : snapshot.layer,
				most - *ret_bytes, &bytes, err))
			return false;
		*ret_bytes += bytes;
	}
	return true;
}
