/* volume.c - the life of volumes
 *
 * CreateVolume: rows "creating" and the intent; the file; rows "available".
 * Whoever finds it half done finishes it when the file is there.
 */
#include "images/volume.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "images/fastrestore.h"
#include "images/layers.h"
#include "images/limits.h"
#include "images/region.h"
#include "images/registry/layer.h"
#include "images/registry/tag.h"
#include "images/snapshot.h"
#include "images/tags.h"
#include "images/turn.h"

#define TYPE_DEFAULT "gp2"
#define INITIALIZATION_LEAST 100 /* MiB/s */
#define INITIALIZATION_MOST 300

void volume_serial(const char *id, char ret_serial[VOLUME_SERIAL_SIZE])
{
	snprintf(ret_serial, VOLUME_SERIAL_SIZE, "vol%.20s", id + 4);
}

bool volume_write(struct call *call, const struct volume *volume,
		  struct sealing *sealing, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct snapshot snapshot = { .layer = NULL };
	struct layer layer = {
		.name = volume->layer,
		.format = "qcow2",
		.size = volume->size * GIB,
		.state = "active",
	};
	struct volume row = *volume;
	bool found = true;

	if (!arena)
		return fail_memory(err);
	if (*volume->snapshot &&
	    !snapshot_get(db, volume->snapshot, arena, &snapshot, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The snapshot '%s' does not exist.",
			    volume->snapshot);
	/* nothing may stand on a layer that is still written */
	if (*volume->snapshot && !snapshot_ready_below(&snapshot, err))
		return false;
	if (!encrypt_seal(call, sealing, arena, err))
		return false;
	if (*volume->snapshot &&
	    !fast_take(call, &snapshot, volume->zone, volume->owner, arena,
		       &layer.parent, err))
		return false;
	row.fast_restored = layer.parent != NULL;
	if (!layer.parent)
		layer.parent = snapshot.layer;
	layer.disk_key = sealing->disk_key;
	row.kms_key = sealing->key.id;
	return layer_insert(db, &layer, err) && volume_insert(db, &row, err);
}

bool volume_make(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct layer_ref parent;
	struct layer layer, below;
	struct volume volume;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!volume_get(db, id, arena, &volume, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_VOLUME_NOT_FOUND,
			    "The volume '%s' does not exist.", id);
	if (!layer_get(db, volume.layer, arena, &layer, err))
		return false;
	if (layer_exists(call->store->chain, layer.name))
		return true;
	if (layer.parent) {
		if (!layer_get(db, layer.parent, arena, &below, err))
			return false;
		parent.name = below.name;
		parent.format = below.format[0] == 'r' ? LAYER_RAW :
							 LAYER_QCOW2;
	}
	return layer_create(call->store->chain, layer.name,
			    layer.parent ? &parent : NULL, (uint64_t)layer.size,
			    err);
}

bool volume_drop(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct volume volume;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!volume_get(db, id, arena, &volume, &found, err))
		return false;
	return !found ||
	       (tag_clear(db, id, err) && attachment_delete(db, id, err) &&
		volume_delete(db, id, err) &&
		layers_release(call, volume.layer, err));
}

static bool check_zone(const struct call *call, const char *zone,
		       struct arena *arena, struct error *err)
{
	const char *ours = store_zone(call->store, arena);

	if (!ours)
		return fail_memory(err);
	if (!zone)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "AvailabilityZone");
	if (strcmp(zone, ours) != 0)
		return fail(err, FAULT_INVALID_ZONE,
			    "The zone '%.64s' does not exist.", zone);
	return true;
}

/* What the snapshot asks for: that it is there and whole, and its size. */
static bool check_snapshot(const struct call *call,
			   const struct volume_request *request,
			   struct arena *arena, struct volume *volume,
			   struct snapshot *ret_snapshot, struct error *err)
{
	bool pends;

	if (!authorise_snapshot(call, RIGHT_SEE, request->snapshot, arena,
				ret_snapshot, err))
		return false;
	if (!region_copy_pends(call, ret_snapshot, &pends, err) ||
	    (!pends && !snapshot_ready_below(ret_snapshot, err)))
		return false;
	if (!volume->size)
		volume->size = ret_snapshot->size;
	if (volume->size < ret_snapshot->size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume of size %" PRId64 "GB is smaller than "
			    "snapshot '%s', expect size >= %" PRId64 "GB",
			    volume->size, ret_snapshot->id, ret_snapshot->size);
	return true;
}

bool volume_rate_check(int64_t rate, struct error *err)
{
	if (rate && (rate < INITIALIZATION_LEAST || rate > INITIALIZATION_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%" PRId64 ") for parameter "
			    "volumeInitializationRate is invalid. Expecting a "
			    "value between %d and %d.",
			    rate, INITIALIZATION_LEAST, INITIALIZATION_MOST);
	return true;
}

static bool check_rate(const struct volume_request *request, struct error *err)
{
	int64_t rate = request->initialization_rate;

	if (rate && !request->snapshot)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter volumeInitializationRate is only "
			    "for volumes that are made from a snapshot.");
	return volume_rate_check(rate, err);
}

/* What comes from another region may be stood on when its layer is there, for
 * which nobody waits who only asks. */
static bool make_ready(struct call *call, struct snapshot *snapshot,
		       struct arena *arena, struct error *err)
{
	bool pends, found;

	if (!region_copy_pends(call, snapshot, &pends, err))
		return false;
	if (!pends)
		return true;
	return call_dry_run(call, err) &&
	       region_copy_fill(call, snapshot->id, err) &&
	       snapshot_get(call->store->db, snapshot->id, arena, snapshot,
			    &found, err) &&
	       (found ? snapshot_ready_below(snapshot, err) :
			fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			     "The snapshot '%s' does not exist.",
			     snapshot->id));
}

/* Everything that can be refused; completes the row. */
static bool plan(struct call *call, const struct volume_request *request,
		 struct arena *arena, struct volume *volume,
		 struct sealing *ret_sealing, struct error *err)
{
	struct snapshot snapshot;

	if (!check_zone(call, request->zone, arena, err) ||
	    !check_rate(request, err))
		return false;
	if (request->snapshot &&
	    !check_snapshot(call, request, arena, volume, &snapshot, err))
		return false;
	if (!volume->size)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter size or "
			    "snapshotId");
	return volume_check(volume->type, volume->size, &volume->iops,
			    &volume->throughput, err) &&
	       (!request->snapshot ||
		make_ready(call, &snapshot, arena, err)) &&
	       encrypt_plan(call, &request->encryption,
			    request->snapshot ? &snapshot : NULL, arena,
			    ret_sealing, err) &&
	       call_dry_run(call, err);
}

/* The rows and the intent; *ret_answer is the volume of an earlier call with
 * the same client token, then nothing is written. */
static bool write_plan(struct call *call, const struct volume_request *request,
		       const struct volume *volume, struct sealing *sealing,
		       struct op *op, struct arena *arena,
		       const char **ret_answer, struct error *err)
{
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !op_begin(call->store->journal, op, arena, ret_answer, err))
		return false;
	if (*ret_answer)
		return true;
	if (!volume_write(call, volume, sealing, err))
		return false;
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tags_set(call, volume->id, request->tags[i].key,
			      request->tags[i].value, err))
			return false;
	return tx_commit(&tx, err);
}

static bool create_finish(struct call *call, const char *id, const char *op,
			  struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) &&
	       volume_set_state(call->store->db, id, "available", err) &&
	       op_step(call->store->journal, op, "done", 1, NULL, id, err) &&
	       tx_commit(&tx, err);
}

static bool create_undo(struct call *call, const char *id, const char *op,
			struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) &&
	       volume_drop(call, id, err) &&
	       op_step(call->store->journal, op, "aborted", 1, NULL, NULL,
		       err) &&
	       tx_commit(&tx, err) && layers_reap(call, err);
}

/* Makes what was planned, in the volume's turn: from the rows on others see a
 * layer that they might want to move. */
static bool create_new(struct call *call, const struct volume_request *request,
		       const struct volume *volume, struct sealing *sealing,
		       struct op *op, struct arena *arena,
		       const char **ret_answer, struct error *err)
{
	auto_turn turn = TURN_INIT;
	struct error undo = { 0 };

	if (!turn_take(call, &volume->id, 1, TURN_WAIT_MS, &turn, err) ||
	    !write_plan(call, request, volume, sealing, op, arena, ret_answer,
			err))
		return false;
	if (*ret_answer || (volume_make(call, volume->id, err) &&
			    create_finish(call, volume->id, op->id, err)))
		return true;
	/* what cannot be undone now is recovered by the next call */
	if (!create_undo(call, volume->id, op->id, &undo))
		error_clear(&undo);
	return false;
}

bool volume_create(struct call *call, const struct volume_request *request,
		   char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	char id[ID_SIZE], layer[LAYER_NAME_SIZE], payload[80];
	struct volume volume = {
		.id = id,
		.owner = call->account,
		.layer = layer,
		.snapshot = request->snapshot ? request->snapshot : "",
		.size = request->size,
		.type = request->type ? request->type : TYPE_DEFAULT,
		.iops = request->iops,
		.throughput = request->throughput,
		.zone = request->zone,
		.state = "creating",
		.created = call->now,
		.initialization_rate = request->initialization_rate,
	};
	struct op op = {
		.kind = "create-volume",
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = payload,
	};
	struct sealing sealing;
	const char *answer;

	if (!arena)
		return fail_memory(err);
	id_new("vol", id);
	layer_name_new(LAYER_QCOW2, layer);
	snprintf(payload, sizeof(payload), "{\"volume\":\"%s\"}", id);
	/* a replay needs no snapshot to be there */
	if (!op_answer(call->store->journal, &op, arena, &answer, err))
		return false;
	if (!answer && (!plan(call, request, arena, &volume, &sealing, err) ||
			!create_new(call, request, &volume, &sealing, &op,
				    arena, &answer, err)))
		return false;
	snprintf(ret_id, ID_SIZE, "%s", answer ? answer : id);
	return true;
}

bool volume_create_recover(struct call *call, const struct op *op,
			   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "volume", arena) : NULL;
	auto_turn turn = TURN_INIT;
	struct volume volume;
	bool found;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!turn_take(call, &id, 1, TURN_RECOVERY_MS, &turn, err) ||
	    !volume_get(call->store->db, id, arena, &volume, &found, err))
		return false;
	if (found && layer_exists(call->store->chain, volume.layer))
		return create_finish(call, id, op->id, err);
	return create_undo(call, id, op->id, err);
}

/* Whether a volume may go: nobody uses it, and nothing is being done to it. */
static bool check_idle(struct call *call, const struct volume *volume,
		       struct arena *arena, struct error *err)
{
	const struct attachment *attachments;
	size_t count;

	if (!attachment_of(call->store->db, NULL, volume->id, arena,
			   &attachments, &count, err))
		return false;
	if (count)
		return fail(err, FAULT_VOLUME_IN_USE,
			    "Volume %s is currently attached to %s", volume->id,
			    attachments->instance);
	if (strcmp(volume->state, "available") != 0 &&
	    strcmp(volume->state, "error") != 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The volume '%s' is in the '%s' state.", volume->id,
			    volume->state);
	return true;
}

bool volume_remove(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct volume volume;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	/* once before the turn: a stranger does not get to wait for it */
	if (!authorise_volume(call, RIGHT_OWN, id, arena, &volume, err) ||
	    !check_idle(call, &volume, arena, err) ||
	    !call_dry_run(call, err) ||
	    !turn_take(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !authorise_volume(call, RIGHT_OWN, id, arena, &volume, err) ||
	    !check_idle(call, &volume, arena, err))
		return false;
	return volume_drop(call, id, err) && tx_commit(&tx, err) &&
	       layers_reap(call, err);
}
