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
#include "images/member.h"
#include "images/registry/layer.h"
#include "images/registry/quota.h"
#include "images/request.h"
#include "images/tend.h"
#include "images/turn.h"
#include "images/volume.h"

#define KIND "snapshot"
#define COMMIT_ROOM (1 << 20) /* bytes: far more than a row a disk takes */

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
	const char *instance = arg_str(payload, "instance", NULL);
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

/* What cannot be undone now is left to recovery. */
static bool undo_quietly(struct work *work)
{
	struct error err = { 0 };

	if (!freeze_undo(work, &err))
		log_warning("snapshot: %s", err.text);
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
		return freeze_conclude(work, "completed", err) || fail_loudly(work);
	}
	if (ok && heads == HEADS_OLD)
		return undo_quietly(work);
	if (ok)
		ok = freeze_conclude(work, NULL, &more);
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
	return freeze_conclude(work, "completed", err) || fail_loudly(work);
}

static bool freeze_idle(struct work *work, struct error *err)
{
	return freeze_commit(work, "completed", err) || undo_quietly(work);
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
	if (!freeze_read(&work, payload, arena, err) ||
	    !freeze_layers(&work, err))
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
		return freeze_undo(work, err);
	case HEADS_MIXED:
		return mark_stale(work, err) &&
		       freeze_conclude(work, NULL, err);
	default:
		break;
	}
	if (step == STEP_FAILED)
		return freeze_conclude(work, NULL, err);
	whole = heads == HEADS_NEW || step == STEP_PROVED;
	if (freeze_conclude(work, whole ? "completed" : "error", err))
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
	if (!freeze_read(work, payload, arena, err))
		return false;
	ids = arena_alloc(arena, (work->count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < work->count; i++)
		ids[i] = work->all[i].volume;
	if (!turn_take(work->call, ids, work->count, TURN_RECOVERY_MS, &turn,
		       err))
		return false;
	return step == STEP_INTENT ? freeze_undo(work, err) :
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
