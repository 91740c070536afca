/* reencrypt.c - copies of snapshots under another key */
#include "images/reencrypt.h"

#include <stdio.h>
#include <string.h>

#include "images/authorise.h"
#include "images/base/log.h"
#include "images/chain/recode.h"
#include "images/layers.h"
#include "images/member.h"
#include "images/snapshot.h"
#include "images/turn.h"
#include "images/volume.h"

#define KIND "reencrypt"

/* What is in the way for a moment is tried again. */
#define LATER (5 * USEC_PER_SEC)

/* The job under way. */
struct job {
	struct call *call;
	const struct op *op;
	json_t *payload;
	const char *snapshot; /* the copy at work */
	int64_t percent;      /* as its row has it */
};

bool reencrypt_write(struct call *call, const struct snapshot *copy,
		     struct sealing *sealing, json_t *copies, struct error *err)
{
	auto_of(arena) arena = arena_new();
	char name[LAYER_NAME_SIZE];
	struct snapshot row = *copy;
	struct layer layer = {
		.name = name,
		.format = "qcow2",
		.size = copy->size * GIB,
		.state = "active",
	};

	if (!arena)
		return fail_memory(err);
	layer_name_new(LAYER_QCOW2, name);
	if (!encrypt_seal(call, sealing, arena, err))
		return false;
	layer.disk_key = sealing->disk_key;
	row.kms_key = sealing->key.id;
	row.state = "pending";
	if (json_array_append_new(
		    copies, json_pack("{s:s, s:s, s:s}", "snapshot", copy->id,
				      "from", copy->layer, "to", name)) != 0)
		return fail_memory(err);
	return layer_insert(call->store->db, &layer, err) &&
	       snapshot_insert(call->store->db, &row, err);
}

bool reencrypt_queue(struct call *call, const json_t *copies, const char *image,
		     struct error *err)
{
	json_t *payload = json_pack("{s:O, s:s?, s:i, s:i}", "copies", copies,
				    "image", image, "done", 0, "at", 0);
	auto_free char *packed = payload ? json_dumps(payload, JSON_COMPACT) :
					   NULL;
	struct op op = {
		.kind = KIND,
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = packed,
		.due = clock_wall(),
		.slow = true,
	};

	json_decref(payload);
	return packed ? op_queue(call->store->journal, &op, err) :
			fail_memory(err);
}

/* Writes down where the job is. */
static bool step(struct job *job, const char *state, struct error *err)
{
	auto_free char *payload = json_dumps(job->payload, JSON_COMPACT);

	if (!payload)
		return fail_memory(err);
	return op_step(job->call->store->journal, job->op->id, state,
		       job->op->step, payload, NULL, err);
}

/* Everything below `at` is durable. */
static bool note(void *data, uint64_t at, uint64_t size, struct error *err)
{
	struct job *job = data;
	int64_t percent = size ? (int64_t)(at / (size / 100 + 1)) : 0;

	if (json_object_set_new(job->payload, "at",
				json_integer((json_int_t)at)) != 0)
		return fail_memory(err);
	if (percent != job->percent &&
	    !snapshot_set_progress(job->call->store->db, job->snapshot, percent,
				   err))
		return false;
	job->percent = percent;
	return step(job, "intent", err);
}

/* Whether somebody still wants the copy. */
static bool is_wanted(struct job *job, const char *id, bool *ret_wanted,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_get(job->call->store->db, id, arena, &snapshot,
			  ret_wanted, err))
		return false;
	*ret_wanted = *ret_wanted && !snapshot.deleting;
	return true;
}

/* Writes the new layer, from where it was left; it is frozen then. */
static bool write_layer(struct job *job, const json_t *copy, struct error *err)
{
	struct call *call = job->call;
	struct chain *chain = call->store->chain;
	auto_of(arena) arena = arena_new();
	uint64_t at = (uint64_t)json_integer_value(
		json_object_get(job->payload, "at"));
	struct layer from, to;
	struct layer_ref source, target;

	if (!arena)
		return fail_memory(err);
	if (!layer_get(call->store->db, arg_str(copy, "from", NULL), arena,
		       &from, err) ||
	    !layer_get(call->store->db, arg_str(copy, "to", NULL), arena, &to,
		       err))
		return false;
	source = (struct layer_ref){
		from.name,
		strcmp(from.format, "raw") == 0 ? LAYER_RAW : LAYER_QCOW2,
	};
	target = (struct layer_ref){ to.name, LAYER_QCOW2 };
	if (!layer_exists(chain, to.name)) {
		at = 0;
		if (!layer_create(chain, to.name, NULL, (uint64_t)to.size, err))
			return false;
	}
	return layer_recode(chain, &source, NULL, &target, &at, note, job,
			    err) &&
	       layer_freeze(chain, to.name, err);
}

/* The rows of a copy that is there. */
static bool commit_copy(struct job *job, const json_t *copy, struct error *err)
{
	struct call *call = job->call;
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, db, err) &&
	       layer_set_frozen(db, arg_str(copy, "to", NULL), err) &&
	       snapshot_set_layer(db, arg_str(copy, "snapshot", NULL),
				  arg_str(copy, "to", NULL), err) &&
	       layers_release(call, arg_str(copy, "from", NULL), err) &&
	       snapshot_complete(call, arg_str(copy, "snapshot", NULL), err) &&
	       layers_tend(call, err) && step(job, "intent", err) &&
	       tx_commit(&tx, err);
}

/* The rows of one that never will be, with its layer: deleted meanwhile, or
 * failed, which has a reason. */
static bool drop_copy(struct job *job, const json_t *copy, bool wanted,
		      const char *why, struct error *err)
{
	struct call *call = job->call;
	const char *id = arg_str(copy, "snapshot", NULL);

	if (!layers_release(call, arg_str(copy, "to", NULL), err))
		return false;
	return wanted ? snapshot_set_failed(call->store->db, id, why, err) :
			snapshot_drop(call, id, err);
}

static bool copy_one(struct job *job, const json_t *copy, struct error *err)
{
	auto_turn pin = TURN_INIT;
	auto_tx tx = TX_INIT;
	bool wanted;

	job->snapshot = arg_str(copy, "snapshot", NULL);
	job->percent = -1;
	if (!turn_pin(job->call, &pin, err) ||
	    !is_wanted(job, job->snapshot, &wanted, err))
		return false;
	if (wanted && !write_layer(job, copy, err))
		return false;
	turn_done(&pin);
	json_object_set_new(job->payload, "done",
			    json_integer(json_integer_value(json_object_get(
						 job->payload, "done")) +
					 1));
	json_object_set_new(job->payload, "at", json_integer(0));
	if (wanted)
		return commit_copy(job, copy, err);
	return tx_begin(&tx, job->call->store->db, err) &&
	       drop_copy(job, copy, false, NULL, err) &&
	       step(job, "intent", err) && tx_commit(&tx, err);
}

/* An image that waited for its snapshots, unless it was deregistered. */
static bool settle_image(struct job *job, const char *state, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arg_str(job->payload, "image", NULL);
	struct image image;
	bool found;

	if (!id)
		return true;
	if (!arena)
		return fail_memory(err);
	if (!image_get(job->call->store->db, id, arena, &image, &found, err))
		return false;
	return !found || strcmp(image.state, "pending") != 0 ||
	       image_set_state(job->call->store->db, id, state, err);
}

static bool finish(struct job *job, struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, job->call->store->db, err) &&
	       settle_image(job, "available", err) && step(job, "done", err) &&
	       tx_commit(&tx, err) && layers_reap(job->call, err);
}

/* Nothing more will be copied. */
static bool give_up(struct job *job, const char *why, struct error *err)
{
	const json_t *copies = json_object_get(job->payload, "copies");
	auto_tx tx = TX_INIT;
	bool wanted;

	if (!tx_begin(&tx, job->call->store->db, err))
		return false;
	for (size_t i = (size_t)json_integer_value(
		     json_object_get(job->payload, "done"));
	     i < json_array_size(copies); i++) {
		const json_t *copy = json_array_get(copies, i);

		if (!is_wanted(job, arg_str(copy, "snapshot", NULL), &wanted,
			       err) ||
		    !drop_copy(job, copy, wanted, why, err))
			return false;
	}
	return settle_image(job, "failed", err) && step(job, "aborted", err) &&
	       tx_commit(&tx, err) && layers_reap(job->call, err);
}

static bool run(struct job *job, usec_t *ret_due, struct error *err)
{
	const json_t *copies = json_object_get(job->payload, "copies");
	size_t done = (size_t)json_integer_value(
		json_object_get(job->payload, "done"));
	char why[sizeof(err->text)];

	for (size_t i = done; i < json_array_size(copies); i++) {
		if (copy_one(job, json_array_get(copies, i), err))
			continue;
		log_warning("copy %s: %s", job->snapshot, err->text);
		if (err->fault == FAULT_UNAVAILABLE ||
		    err->fault == FAULT_VOLUME_IN_USE) {
			error_clear(err);
			*ret_due = clock_wall() + LATER;
			return true;
		}
		snprintf(why, sizeof(why), "%s", err->text);
		error_clear(err);
		return give_up(job, why, err);
	}
	return finish(job, err);
}

bool reencrypt_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err)
{
	struct job job = {
		.call = call,
		.op = op,
		.payload = json_loads(op->payload, 0, NULL),
	};
	bool ok;

	*ret_due = 0;
	if (!json_is_object(job.payload)) {
		json_decref(job.payload);
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	}
	ok = run(&job, ret_due, err);
	json_decref(job.payload);
	return ok;
}
