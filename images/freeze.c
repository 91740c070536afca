/* freeze.c - freezing volumes, step by step
 *
 *   TX    intent: the names of all layers and snapshots
 *   disk  an empty layer over each head
 *   idle: freeze the heads
 *   live: TX fired; QEMU moves on; TX proved; freeze the heads
 *   TX    layers, volumes, snapshots, image; done
 *
 * Before "fired" the new layers are thrown away. After it a guest may write to
 * them: what QEMU says decides, and where no QEMU is left the heads move on in
 * any case, for an empty layer equals what it stands on and one that is not
 * holds the guest's data.
 */
#include "images/freeze-private.h"

#include <string.h>

#include "images/base/log.h"
#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/registry/quota.h"
#include "images/request.h"
#include "images/tags.h"
#include "images/tend.h"
#include "images/turn.h"
#include "images/volume.h"

#define KIND "snapshot"
#define COMMIT_ROOM (1 << 20) /* bytes: far more than a row a disk takes */

enum step {
	STEP_INTENT,
	STEP_FIRED,
	STEP_PROVED, /* QEMU has moved on: the snapshots are whole */
	STEP_FAILED, /* so it has, but the caller was told of a failure */
};

static const char *text(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static int64_t number(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

/* Reads the payload into `work`, whose call and op are set. */
static bool work_read(struct work *work, const json_t *payload,
		      struct arena *arena, struct error *err)
{
	const json_t *shots = json_object_get(payload, "shots");

	work->instance = text(payload, "instance");
	work->live = json_is_true(json_object_get(payload, "live"));
	work->count = json_array_size(shots);
	work->all = arena_alloc(arena, (work->count + 1) * sizeof(*work->all));
	if (!work->all)
		return fail_memory(err);
	for (size_t i = 0; i < work->count; i++) {
		const json_t *shot = json_array_get(shots, i);

		work->all[i] = (struct moving){
			.volume = text(shot, "volume"),
			.snapshot = text(shot, "snapshot"),
			.old = text(shot, "old"),
			.new = text(shot, "new"),
			.bytes = number(shot, "bytes"),
			.size = number(shot, "size"),
			.disk_key = text(shot, "disk_key"),
			.kms_key = text(shot, "kms_key"),
		};
	}
	return true;
}

/* The instance that the volumes are attached to, NULL for none. */
static bool find_instance(struct call *call, const struct shot *shots,
			  size_t count, struct arena *arena,
			  const char **ret_instance, struct error *err)
{
	*ret_instance = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct attachment *all;
		size_t found;

		if (!attachment_of(call->store->db, NULL, shots[i].volume,
				   arena, &all, &found, err))
			return false;
		if (!found)
			continue;
		if (strcmp(all[0].state, "attaching") == 0 ||
		    (*ret_instance &&
		     strcmp(*ret_instance, all[0].instance) != 0))
			return fail(err, FAULT_INCORRECT_STATE,
				    "The volume '%s' is just being attached",
				    shots[i].volume);
		*ret_instance = all[0].instance;
	}
	return true;
}

/* What one volume will become. */
static bool plan_shot(struct call *call, const struct shot *shot, json_t *into,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	char name[LAYER_NAME_SIZE];
	struct volume volume;
	struct layer layer;
	int64_t bytes;

	if (!arena)
		return fail_memory(err);
	if (!authorise_volume(call, RIGHT_OWN, shot->volume, arena, &volume,
			      err))
		return false;
	if (strcmp(volume.state, "available") != 0 &&
	    strcmp(volume.state, "in-use") != 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The volume '%s' is '%s'.", shot->volume,
			    volume.state);
	if (!layer_get(call->store->db, volume.layer, arena, &layer, err) ||
	    !encrypt_may_open(call, volume.layer, err))
		return false;
	bytes = layer.size > volume.size * GIB ? layer.size : volume.size * GIB;
	layer_name_new(LAYER_QCOW2, name);
	if (json_array_append_new(
		    into,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, "
			      "s:I, s:I, s:o}",
			      "volume", shot->volume, "snapshot",
			      shot->snapshot, "description", shot->description,
			      "old", volume.layer, "new", name, "disk_key",
			      layer.disk_key, "kms_key", volume.kms_key,
			      "bytes", (json_int_t)bytes, "size",
			      (json_int_t)volume.size, "tags",
			      tags_pack(shot->tags, shot->tag_count))) != 0)
		return fail_memory(err);
	return true;
}

bool freeze_over(struct call *call, const char *instance, struct error *err)
{
	bool open;

	if (!op_about(call->store->db, KIND, instance, &open, err))
		return false;
	if (open)
		return fail(err, FAULT_UNAVAILABLE,
			    "A snapshot of the volumes of %s was cut short "
			    "and is being recovered. Please try again later.",
			    instance);
	return true;
}

/* Opens the operation; *ret_payload (the caller's) is its payload as JSON. */
static bool freeze_begin(struct call *call, json_t *payload,
			 const struct shot *shots, size_t count,
			 struct arena *arena, struct op *ret_op,
			 struct error *err)
{
	const char *instance = text(payload, "instance");
	auto_free char *journalled = NULL;
	const char *answer;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err))
		return false;
	/* whoever holds the turns and died has left the truth to recovery */
	if (instance && !freeze_over(call, instance, err))
		return false;
	/* what comes meanwhile is found by who writes the rows */
	if (!quota_room(call->store->db, call->account, QUOTA_SNAPSHOTS,
			(int64_t)count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!plan_shot(call, &shots[i],
			       json_object_get(payload, "shots"), err))
			return false;
	journalled = json_dumps(payload, JSON_COMPACT);
	if (!journalled)
		return fail_memory(err);
	*ret_op = (struct op){
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = arena_str(arena, journalled),
	};
	return (ret_op->payload || fail_memory(err)) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err) &&
	       tx_commit(&tx, err);
}

static bool make_layers(const struct work *work, struct error *err)
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

static bool undo(struct work *work, struct error *err)
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

/* What cannot be undone now is left to recovery. */
static bool undo_quietly(struct work *work)
{
	struct error err = { 0 };

	if (!undo(work, &err))
		log_warning("snapshot: %s", err.text);
	return false;
}

static bool write_snapshot(const struct work *work, const json_t *payload,
			   size_t i, const char *state, struct error *err)
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
		.description = text(shot, "description"),
		.state = state,
		.created = number(payload, "created"),
		.kms_key = one->kms_key,
	};
	const char *key;
	json_t *value;

	if (!snapshot_insert(work->call->store->db, &snapshot, err))
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

static bool write_image(const struct work *work, const json_t *payload,
			struct arena *arena, struct error *err)
{
	const json_t *image = json_object_get(payload, "image");
	struct image_request request;
	struct call call = *work->call;
	const char *id;

	if (!image)
		return true;
	call.now = number(payload, "created");
	return request_unpack(image, arena, &request, &id, err) &&
	       image_name_check(&call, request.name, err) &&
	       image_write(&call, &request, id, err);
}

/* All rows, in one transaction. `state` is the snapshots'; NULL: there shall
 * be none, the volumes have moved on all the same. */
static bool commit(struct work *work, const char *state, struct error *err)
{
	auto_of(arena) arena = arena_new();
	json_t *payload = NULL;
	auto_tx tx = TX_INIT;
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
		      (!state || write_snapshot(work, payload, i, state, err)));
	}
	if (ok && state && strcmp(state, "completed") == 0)
		ok = write_image(work, payload, arena, err);
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
	return commit(work, NULL, err);
}

/* The last step of work under a machine that has moved on, or is gone. What is
 * in the way of the snapshots must not lose the volumes: they move on, and the
 * work is over, although this fails. */
static bool conclude(struct work *work, const char *state, struct error *err)
{
	struct error again = { 0 };

	if (!state)
		return commit_moves(work, err);
	if (commit(work, state, err))
		return true;
	/* a guest may have taken the last room meanwhile */
	if (err->fault == FAULT_VOLUME_CAPACITY) {
		error_clear(err);
		store_spend(work->call->store);
		if (commit(work, state, err))
			return true;
	}
	if (!commit_moves(work, &again))
		log_warning("snapshot: %s", again.text);
	return false;
}

/* Says that the caller was told of a failure: whoever recovers the work shall
 * not surprise it with snapshots. */
static bool fail_loudly(struct work *work)
{
	struct error err = { 0 };

	if (!work->over && !op_step(work->call->store->journal, work->op,
				    "fired", STEP_FAILED, NULL, NULL, &err))
		log_warning("snapshot: %s", err.text);
	return false;
}

static bool mark_stale(const struct work *work, struct error *err)
{
	return instance_set_flag(work->call->store->db, work->instance,
				 INSTANCE_STALE, true, err);
}

/* A machine did not say that it has moved on: asks it. Fails with what it did
 * say, unless it has. */
static bool settle(struct work *work, struct error *err)
{
	struct error first = *err, more = { 0 };
	enum heads heads;
	bool ok;

	pivot_thaw(work);
	ok = pivot_look(work, &heads, &more);
	/* libvirt has lost track for good; what it may catch up with is found
	 * out by the next who needs it */
	if (ok && heads != HEADS_GONE &&
	    (heads == HEADS_MIXED || first.fault == FAULT_INCORRECT_STATE))
		ok = mark_stale(work, &more);
	if (ok && heads == HEADS_NEW) {
		error_clear(err);
		return conclude(work, "completed", err) || fail_loudly(work);
	}
	if (ok && heads == HEADS_OLD)
		return undo_quietly(work);
	if (ok)
		ok = conclude(work, NULL, &more);
	work->ended = ok && heads == HEADS_GONE;
	if (!ok)
		log_warning("snapshot: %s", more.text);
	return fail_loudly(work);
}

static bool freeze_live(struct work *work, struct error *err)
{
	struct journal *journal = work->call->store->journal;
	struct error unproved = { 0 };

	/* what has happened must be written down, however the guest has filled
	 * the disk meanwhile */
	if (!db_make_room(work->call->store->db, COMMIT_ROOM, err) ||
	    !op_step(journal, work->op, "fired", STEP_FIRED, NULL, NULL, err))
		return undo_quietly(work);
	if (!pivot_fire(work, err))
		return settle(work, err);
	if (!op_step(journal, work->op, "fired", STEP_PROVED, NULL, NULL,
		     &unproved))
		log_warning("snapshot: %s", unproved.text);
	return conclude(work, "completed", err) || fail_loudly(work);
}

static bool freeze_idle(struct work *work, struct error *err)
{
	return commit(work, "completed", err) || undo_quietly(work);
}

/* The payload without the volumes, which freeze_begin() adds. */
static json_t *payload_new(struct call *call, const char *instance, bool live,
			   const struct image_request *image,
			   const char *image_id)
{
	json_t *payload = json_pack("{s:s?, s:b, s:I, s:[]}", "instance",
				    instance, "live", (int)live, "created",
				    (json_int_t)call->now, "shots");

	if (payload && image &&
	    json_object_set_new(payload, "image",
				request_pack(image, image_id)) != 0) {
		json_decref(payload);
		return NULL;
	}
	return payload;
}

/* With the turns of all volumes: the operation itself. */
static bool freeze_all(struct call *call, json_t *payload,
		       const struct shot *shots, size_t count, bool *ret_ended,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct work work = { .call = call };
	struct error unowned = { 0 };
	struct op op;
	bool ok;

	if (!arena)
		return fail_memory(err);
	if (!freeze_begin(call, payload, shots, count, arena, &op, err))
		return false;
	work.op = op.id;
	work.payload = op.payload;
	if (!work_read(&work, payload, arena, err) || !make_layers(&work, err))
		ok = undo_quietly(&work);
	else
		ok = work.live ? freeze_live(&work, err) :
				 freeze_idle(&work, err);
	/* what is still open is anybody's to recover */
	if (!work.over && !op_release(call->store->journal, op.id, &unowned))
		log_warning("snapshot: %s", unowned.text);
	*ret_ended = work.ended;
	return ok;
}

/* Takes the turns of the volumes at work, and of the instance that has them: an
 * operation of its that is still open is then one that was cut short. */
static bool take_turns(struct call *call, const struct shot *shots,
		       size_t count, struct turn *ret_turn, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *instance = NULL;
	const char **ids;

	if (!arena)
		return fail_memory(err);
	ids = arena_alloc(arena, (count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		ids[i] = shots[i].volume;
	if (!find_instance(call, shots, count, arena, &instance, err))
		return false;
	if (instance && !pivot_expect(call, instance, err))
		return false;
	if (instance)
		ids[count++] = instance;
	return turn_take(call, ids, count, TURN_WAIT_MS, ret_turn, err);
}

/* One try, with the turns. */
static bool freeze_try(struct call *call, const struct shot *shots,
		       size_t count, const struct image_request *image,
		       const char *image_id, bool *ret_ended, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *instance;
	bool live = false, ok;
	json_t *payload;

	if (!arena)
		return fail_memory(err);
	if (!find_instance(call, shots, count, arena, &instance, err) ||
	    (instance && !pivot_needed(call, instance, &live, err)))
		return false;
	payload = payload_new(call, instance, live, image, image_id);
	if (!payload)
		return fail_memory(err);
	ok = freeze_all(call, payload, shots, count, ret_ended, err);
	json_decref(payload);
	return ok;
}

bool freeze_volumes(struct call *call, const struct shot *shots, size_t count,
		    const struct image_request *image, const char *image_id,
		    struct error *err)
{
	auto_turn turn = TURN_INIT;
	bool ended = false;

	if (!take_turns(call, shots, count, &turn, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!tend_bound(call, shots[i].volume, err))
			return false;
	if (freeze_try(call, shots, count, image, image_id, &ended, err))
		return true;
	if (!ended)
		return false;
	/* the guest has powered off, say: its volumes are idle now */
	error_clear(err);
	return freeze_try(call, shots, count, image, image_id, &ended, err);
}

/* After "fired": the state of the snapshots, by what QEMU says. */
static bool recover_live(struct work *work, enum step step, struct error *err)
{
	enum heads heads;
	bool whole;

	/* whoever told the machine to move on may have left the guest frozen */
	if (step == STEP_FIRED)
		pivot_thaw(work);
	if (!pivot_look(work, &heads, err))
		return false;
	switch (heads) {
	case HEADS_OLD:
		return undo(work, err);
	case HEADS_MIXED:
		return mark_stale(work, err) && conclude(work, NULL, err);
	default:
		break;
	}
	if (step == STEP_FAILED)
		return conclude(work, NULL, err);
	whole = heads == HEADS_NEW || step == STEP_PROVED;
	if (conclude(work, whole ? "completed" : "error", err))
		return true;
	if (work->over) {
		log_warning("snapshot: %s", err->text);
		error_clear(err);
	}
	return work->over;
}

/* With the payload read: takes the turns and brings the work to an end. */
static bool recover(struct work *work, const json_t *payload, enum step step,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	const char **ids;

	if (!arena)
		return fail_memory(err);
	if (!work_read(work, payload, arena, err))
		return false;
	ids = arena_alloc(arena, (work->count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < work->count; i++)
		ids[i] = work->all[i].volume;
	if (!turn_take(work->call, ids, work->count, TURN_RECOVERY_MS, &turn,
		       err))
		return false;
	return step == STEP_INTENT ? undo(work, err) :
				     recover_live(work, step, err);
}

bool freeze_recover(struct call *call, const struct op *op, struct error *err)
{
	json_t *payload = json_loads(op->payload, 0, NULL);
	struct work work = {
		.call = call,
		.op = op->id,
		.payload = op->payload,
	};
	bool ok;

	if (!payload)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	ok = recover(&work, payload, (enum step)op->step, err);
	json_decref(payload);
	return ok;
}
