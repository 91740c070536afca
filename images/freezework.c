/* freezework.c - what freezing does to layers and rows: made, undone, committed
 *
 * Whoever calls knows what QEMU has done. A volume that moves on never depends
 * on its snapshot's rows: where those cannot be written it moves on without.
 */
#include "images/freeze-private.h"

#include <string.h>

#include "images/base/log.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/member.h"
#include "images/registry/layer.h"
#include "images/request.h"
#include "images/tags.h"
#include "images/volume.h"

bool freeze_read(struct work *work, const json_t *payload, struct arena *arena,
		 struct error *err)
{
	const json_t *shots = json_object_get(payload, "shots");

	work->instance = arg_str(payload, "instance", NULL);
	work->live = json_is_true(json_object_get(payload, "live"));
	work->count = json_array_size(shots);
	work->all = arena_alloc(arena, (work->count + 1) * sizeof(*work->all));
	if (!work->all)
		return fail_memory(err);
	for (size_t i = 0; i < work->count; i++) {
		const json_t *shot = json_array_get(shots, i);

		work->all[i] = (struct moving){
			.volume = arg_str(shot, "volume", NULL),
			.snapshot = arg_str(shot, "snapshot", NULL),
			.old = arg_str(shot, "old", NULL),
			.new = arg_str(shot, "new", NULL),
			.bytes = arg_int(shot, "bytes", 0),
			.size = arg_int(shot, "size", 0),
			.disk_key = arg_str(shot, "disk_key", NULL),
			.kms_key = arg_str(shot, "kms_key", NULL),
		};
	}
	return true;
}

bool freeze_layers(const struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct moving *one = &work->all[i];
		struct layer_ref below = { one->old, LAYER_QCOW2 };

		/* under a guest it may have to be copied into */
		if (!(work->live ? layer_create_whole : layer_create)(
			    work->call->store->chain, one->new, &below,
			    (uint64_t)one->bytes, err))
			return false;
	}
	return true;
}

/* Whether the volume still stands where it stood when the work began: it may
 * have been deleted, together with its machine. */
static bool still_there(const struct work *work, const struct moving *one,
			bool *ret_there, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct volume volume;

	if (!arena)
		return fail_memory(err);
	if (!volume_get(work->call->store->db, one->volume, arena, &volume,
			ret_there, err))
		return false;
	*ret_there = *ret_there && strcmp(volume.layer, one->old) == 0;
	return true;
}

/* Throws the new layer of a volume away. QEMU may have opened it before it was
 * told to write to it. */
static bool undo_one(const struct work *work, struct moving *one,
		     struct error *err)
{
	bool there;

	if (!layer_remove(work->call->store->chain, one->new, err)) {
		if (err->fault != FAULT_VOLUME_IN_USE)
			return false;
		error_clear(err);
		one->held = true;
	}
	return still_there(work, one, &there, err) &&
	       (!there || layer_thaw(work->call->store->chain, one->old, err));
}

/* Dooms the files that were still open, within the caller's transaction: they
 * go when they are closed. */
static bool write_held(const struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count; i++) {
		struct layer layer = {
			.name = work->all[i].new,
			.format = "qcow2",
			.size = work->all[i].bytes,
			.state = "doomed",
			.disk_key = work->all[i].disk_key,
		};

		if (work->all[i].held &&
		    !layer_insert(work->call->store->db, &layer, err))
			return false;
	}
	return true;
}

bool freeze_undo(struct work *work, struct error *err)
{
	auto_tx tx = TX_INIT;

	for (size_t i = 0; i < work->count; i++)
		if (!undo_one(work, &work->all[i], err))
			return false;
	work->over = tx_begin(&tx, work->call->store->db, err) &&
		     write_held(work, err) &&
		     op_step(work->call->store->journal, work->op, "aborted",
			     STEP_INTENT, NULL, NULL, err) &&
		     tx_commit(&tx, err);
	return work->over;
}

static bool write_snapshot(const struct work *work, const json_t *payload,
			   size_t i, const char *state, struct arena *arena,
			   const char **image_state, struct error *err)
{
	const struct moving *one = &work->all[i];
	const json_t *shot =
		json_array_get(json_object_get(payload, "shots"), i);
	struct snapshot snapshot = {
		.id = one->snapshot,
		.owner = work->call->account,
		.layer = one->old,
		.volume = one->volume,
		.size = one->size,
		.description = arg_str(shot, "description", NULL),
		.state = state,
		.created = arg_int(payload, "created", 0),
		.kms_key = one->kms_key,
	};
	const char *key, *why = NULL;
	json_t *value;

	/* what it stands on may be elsewhere still, or lost */
	if (strcmp(state, "completed") == 0 &&
	    !fill_shows(work->call, one->old, arena, &snapshot.state, &why,
			err))
		return false;
	snapshot.fills = strcmp(snapshot.state, "pending") == 0;
	if (strcmp(snapshot.state, "error") == 0)
		*image_state = "failed";
	else if (snapshot.fills && !*image_state)
		*image_state = "pending";
	if (!snapshot_insert(work->call->store->db, &snapshot, err) ||
	    (why && !snapshot.fills &&
	     !snapshot_set_failed(work->call->store->db, snapshot.id, why,
				  err)))
		return false;
	json_object_foreach(json_object_get(shot, "tags"), key, value)
		if (!tags_set(work->call, one->snapshot, key,
			      json_string_value(value), err))
			return false;
	return true;
}

/* The rows of one volume that has moved on. */
static bool write_move(const struct work *work, const struct moving *one,
		       struct error *err)
{
	struct db *db = work->call->store->db;
	struct layer layer = {
		.name = one->new,
		.format = "qcow2",
		.parent = one->old,
		.size = one->bytes,
		.state = "active",
		.disk_key = one->disk_key,
	};

	return layer_set_frozen(db, one->old, err) &&
	       layer_insert(db, &layer, err) &&
	       volume_set_layer(db, one->volume, one->new, err);
}

/* `state` is the image's, as its snapshots are; NULL: it is available. */
static bool write_image(const struct work *work, const json_t *payload,
			const char *state, struct arena *arena,
			struct error *err)
{
	const json_t *image = json_object_get(payload, "image");
	struct image_request request;
	struct call call = *work->call;
	const char *id;

	if (!image)
		return true;
	call.now = arg_int(payload, "created", 0);
	return request_unpack(image, arena, &request, &id, err) &&
	       image_name_check(&call, request.name, err) &&
	       image_write(&call, &request, id, err) &&
	       (!state || image_set_state(call.store->db, id, state, err));
}

bool freeze_commit(struct work *work, const char *state, struct error *err)
{
	auto_of(arena) arena = arena_new();
	json_t *payload = NULL;
	auto_tx tx = TX_INIT;
	const char *image_state = NULL;
	bool ok = true;

	if (!arena)
		return fail_memory(err);
	payload = json_loads(work->payload, 0, NULL);
	if (!payload)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    work->op);
	for (size_t i = 0; ok && i < work->count; i++)
		ok = work->all[i].stays ||
		     layer_freeze(work->call->store->chain, work->all[i].old,
				  err);
	ok = ok && tx_begin(&tx, work->call->store->db, err);
	for (size_t i = 0; ok && i < work->count; i++) {
		bool there;

		ok = work->all[i].stays ||
		     (still_there(work, &work->all[i], &there, err) &&
		      (there || fail(err, FAULT_VOLUME_NOT_FOUND,
				     "The volume '%s' does not exist.",
				     work->all[i].volume)) &&
		      write_move(work, &work->all[i], err) &&
		      (!state || write_snapshot(work, payload, i, state, arena,
						&image_state, err)));
	}
	if (ok && state && strcmp(state, "completed") == 0)
		ok = write_image(work, payload, image_state, arena, err);
	ok = ok && write_held(work, err) && layers_tend(work->call, err) &&
	     op_step(work->call->store->journal, work->op, "done", STEP_PROVED,
		     NULL, NULL, err) &&
	     tx_commit(&tx, err);
	json_decref(payload);
	work->over |= ok;
	return ok;
}

/* Volumes move on without a snapshot: those that are not there any more, or
 * that QEMU has not moved, lose their new layer instead. */
static bool commit_moves(struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count; i++) {
		struct moving *one = &work->all[i];
		bool there;

		if (!still_there(work, one, &there, err))
			return false;
		one->stays |= !there;
		if (one->stays && !undo_one(work, one, err))
			return false;
	}
	return freeze_commit(work, NULL, err);
}

bool freeze_conclude(struct work *work, const char *state, struct error *err)
{
	struct error again = { 0 };

	if (!state)
		return commit_moves(work, err);
	if (freeze_commit(work, state, err))
		return true;
	/* a guest may have taken the last room meanwhile */
	if (err->fault == FAULT_VOLUME_CAPACITY) {
		error_clear(err);
		store_spend(work->call->store);
		if (freeze_commit(work, state, err))
			return true;
	}
	if (!commit_moves(work, &again))
		log_warning("snapshot: %s", again.text);
	return false;
}
