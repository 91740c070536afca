/* regioncopy.c - snapshots of other regions, carried over block by block
 *
 * The layer here is compared with the source, not with what was noted on the
 * way: that is the same whether it was just made, or left half full by a
 * process that died.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/block.h"
#include "images/chain/filling.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/regioncopy-private.h"
#include "images/registry/layer.h"
#include "images/snapshot.h"
#include "images/volume.h"

#define TOLD_EACH USEC_PER_SEC	       /* progress */
#define ASKED_EACH (USEC_PER_SEC / 10) /* whether to go on */
#define LOOK_AGAIN USEC_PER_SEC	       /* after who has the turn */
#define BASE_AGAIN (5 * USEC_PER_SEC)  /* after what it is to stand on */

/* A source that was damaged so often is given up: what reads it may have been
 * at fault. */
#define TRIES 4

void carrying_done(struct carrying *carrying)
{
	carry_done(&carrying->carry);
	far_disk_close(take(carrying->source));
	far_close(take(carrying->far));
	turn_done(&carrying->turn);
}

/* What the job has to know: the key is made before there is a layer that it is
 * for. */
static const char *pack(const char *id, const char *layer,
			const struct sealing *sealing, struct arena *arena)
{
	const char *plain = arena_format(
		arena, "{\"snapshot\":\"%s\",\"layer\":\"%s\"", id, layer);

	if (!plain || !sealing->disk_key)
		return plain ? arena_format(arena, "%s}", plain) : NULL;
	return arena_format(arena, "%s,\"key\":\"%s\"}", plain,
			    sealing->disk_key);
}

bool region_copy_begin(struct call *call, const char *region,
		       const struct snapshot *source, struct sealing *sealing,
		       const char *id, const char *description,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot copy = *source;
	struct region_copy from = {
		.snapshot = id,
		.region = region,
		.source = source->id,
		.layer = source->layer,
		.volume = source->volume,
	};
	struct op op = {
		.kind = REGION_COPY_KIND,
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.due = clock_wall(),
		.slow = true,
	};
	char layer[LAYER_NAME_SIZE];

	if (!arena)
		return fail_memory(err);
	copy.id = id;
	copy.owner = call->account;
	copy.layer = NULL;
	copy.volume = "vol-ffffffff";
	copy.description = description;
	copy.state = "pending";
	copy.created = call->now;
	copy.imported = NULL;
	copy.kms_key = sealing->key.id;
	layer_name_new(LAYER_QCOW2, layer);
	if (!encrypt_seal(call, sealing, arena, err))
		return false;
	op.payload = pack(id, layer, sealing, arena);
	if (!op.payload)
		return fail_memory(err);
	return snapshot_insert(call->store->db, &copy, err) &&
	       region_copy_insert(call->store->db, &from, err) &&
	       op_queue(call->store->journal, &op, err);
}

/* The nearest layer of the same lineage that is here already, under the key
 * that this one shall have: the copy of one that the source stands on, or else
 * the last copy of the same volume. */
static bool choose_base(struct carrying *carrying, const char **ret_base,
			struct error *err)
{
	const struct region_copy *copy = &carrying->copy;
	const struct far_disk *source = carrying->source;
	const char *key = carrying->snapshot.kms_key;
	struct db *db = carrying->call->store->db;
	struct filling filling;
	struct layer layer;
	bool fills;

	*ret_base = NULL;
	for (size_t i = 0; i < source->lineage_count && !*ret_base; i++)
		if (!region_copy_of_layer(db, copy->region, source->lineage[i],
					  key, carrying->arena, ret_base, err))
			return false;
	if (!*ret_base && strcmp(copy->volume, "vol-ffffffff") != 0 &&
	    !region_copy_of_volume(db, copy->region, copy->volume, key,
				   carrying->arena, ret_base, err))
		return false;
	if (!*ret_base)
		return true;
	if (!layer_get(db, *ret_base, carrying->arena, &layer, err) ||
	    !fill_look(carrying->call, *ret_base, carrying->arena, &filling,
		       &fills, err))
		return false;
	/* one chain is filled in one place at most */
	if (fills || layer.size > (int64_t)source->size ||
	    !layer.disk_key != !key || strcmp(layer.state, "frozen") != 0)
		*ret_base = NULL;
	return true;
}

/* The key that was made for the layer goes unless the layer has it. */
static bool forget_key(const struct carrying *carrying, struct error *err)
{
	return !carrying->disk_key || disk_key_forget(carrying->call->store->db,
						      carrying->disk_key, err);
}

/* Makes the file: over another layer under that one's key, else under the one
 * that was made for it. */
static bool make_file(struct carrying *carrying, const struct layer_ref *below,
		      struct error *err)
{
	struct call *call = carrying->call;
	auto_layer_secret secret = { .key = "" };
	uint64_t size = carrying->source->size;
	auto_disk_secret digits;

	if (below || !carrying->disk_key)
		return layer_create(call->store->chain, carrying->layer, below,
				    size, err);
	secret_guard(&secret, sizeof(secret));
	if (!disk_key_open(call, carrying->disk_key, DISK_KEY_STORE, &digits,
			   err))
		return false;
	memcpy(secret.text, digits.text, sizeof(digits.text));
	snprintf(secret.key, sizeof(secret.key), "%s", carrying->disk_key);
	return layer_create_encrypted(call->store->chain, carrying->layer, NULL,
				      size, &secret, err);
}

/* What somebody who died has made of it without
 * a row may stand on anything: it goes. */
bool carrying_make_layer(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	struct layer_ref below = { NULL, LAYER_QCOW2 };
	struct layer row = {
		.name = carrying->layer,
		.format = "qcow2",
		.size = (int64_t)carrying->source->size,
		.state = "active",
		.disk_key = carrying->disk_key,
	};
	struct layer base;
	auto_turn pin = TURN_INIT;
	auto_tx tx = TX_INIT;

	if (!turn_pin(call, &pin, err) ||
	    !choose_base(carrying, &row.parent, err))
		return false;
	if (row.parent) {
		if (!layer_get(db, row.parent, carrying->arena, &base, err))
			return false;
		row.disk_key = base.disk_key;
		below = (struct layer_ref){ row.parent,
					    base.format[0] == 'r' ?
						    LAYER_RAW :
						    LAYER_QCOW2 };
	}
	/* the pin keeps the base until the row does */
	if (!layer_remove(call->store->chain, carrying->layer, err) ||
	    !make_file(carrying, row.parent ? &below : NULL, err) ||
	    !tx_begin(&tx, db, err) || !layer_insert(db, &row, err) ||
	    !region_copy_set_layer(db, carrying->snapshot.id, row.name, err) ||
	    !forget_key(carrying, err) ||
	    !op_step(call->store->journal, carrying->op->id, "fired", 1, NULL,
		     NULL, err) ||
	    !tx_commit(&tx, err))
		return false;
	carrying->snapshot.layer = carrying->layer;
	return true;
}

/* The layer may stand on the copy of something that the source stands on as
 * well. */
static bool find_changes(struct carrying *carrying, const char *base,
			 struct error *err)
{
	const struct far_disk *source = carrying->source;
	const char *copy = NULL;

	for (size_t i = 0; i < source->lineage_count; i++) {
		if (!region_copy_of_layer(
			    carrying->call->store->db, carrying->copy.region,
			    source->lineage[i], carrying->snapshot.kms_key,
			    carrying->arena, &copy, err))
			return false;
		if (copy && strcmp(copy, base) == 0)
			return carry_since(&carrying->carry, i, err);
	}
	return true;
}

bool carrying_open_layer(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	const struct layer_ref *chain;
	auto_turn pin = TURN_INIT;
	size_t count;

	if (!turn_pin(call, &pin, err) ||
	    !layers_chain(call, carrying->layer, carrying->arena, &chain,
			  &count, err) ||
	    !carry_open_to(&carrying->carry, call->store->chain, chain, count,
			   err))
		return false;
	turn_done(&pin); /* another region may take its time */
	return count < 2 || find_changes(carrying, chain[1].name, err);
}

/* Notes how far it is, once in a while, and stops for who has the layer
 * filled. */
static bool tell(void *data, uint64_t block, uint64_t blocks, struct error *err)
{
	struct carrying *carrying = data;
	usec_t now = clock_monotonic();

	if (now >= carrying->asked + ASKED_EACH) {
		carrying->asked = now;
		if (turn_wanted(&carrying->turn, carrying->snapshot.id))
			carrying->later = LOOK_AGAIN;
		if (carrying->later)
			return fail(err, FAULT_UNAVAILABLE,
				    "somebody else goes on with it");
	}
	if (now < carrying->told + TOLD_EACH)
		return true;
	carrying->told = now;
	return snapshot_set_progress(carrying->call->store->db,
				     carrying->snapshot.id,
				     (int64_t)(block * 100 / blocks), err);
}

static bool carry_all(struct carrying *carrying, struct error *err)
{
	struct carry *carry = &carrying->carry;

	carry->tell = tell;
	carry->data = carrying;
	carrying->told = clock_monotonic();
	if (!carry_blocks(carry, err))
		return false;
	log_info("%s: %" PRIu64 " of %" PRIu64 " blocks carried from %s",
		 carrying->snapshot.id, carry->carried,
		 block_count(carrying->snapshot.size), carrying->copy.region);
	return true;
}

/* The rows, when every byte is there. */
static bool conclude(struct carrying *carrying, struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	carry_done(&carrying->carry);
	return layer_freeze(call->store->chain, carrying->layer, err) &&
	       tx_begin(&tx, db, err) &&
	       layer_set_frozen(db, carrying->layer, err) &&
	       snapshot_complete(call, carrying->snapshot.id, err) &&
	       region_images_settle(db, carrying->snapshot.id, err) &&
	       layers_tend(call, err) &&
	       op_step(call->store->journal, carrying->op->id, "done", 2, NULL,
		       carrying->snapshot.id, err) &&
	       tx_commit(&tx, err) && layers_reap(call, err);
}

/* Gives up a copy that nobody wants any more, or that cannot be made: `why`. */
static bool give_up(struct carrying *carrying, const char *why,
		    struct error *err)
{
	struct call *call = carrying->call;
	struct db *db = call->store->db;
	const struct snapshot *snapshot = &carrying->snapshot;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err))
		return false;
	if (snapshot->deleting ?
		    !snapshot_drop(call, snapshot->id, err) :
		    !(region_copy_set_layer(db, snapshot->id, NULL, err) &&
		      (!snapshot->layer ||
		       layers_release(call, snapshot->layer, err)) &&
		      snapshot_set_failed(db, snapshot->id, why, err) &&
		      region_images_settle(db, snapshot->id, err)))
		return false;
	if (!forget_key(carrying, err) ||
	    !op_step(call->store->journal, carrying->op->id, "aborted", 2, NULL,
		     NULL, err) ||
	    !tx_commit(&tx, err))
		return false;
	/* a file that never got a row */
	return (snapshot->layer ||
		layer_remove(call->store->chain, carrying->layer, err)) &&
	       layers_reap(call, err);
}

/* A region that says one size of a snapshot and has another disk of it could
 * fill what everybody here writes to. */
static bool check_size(const struct carrying *carrying, struct error *err)
{
	return !carrying->source ||
	       carrying->source->size <=
		       (uint64_t)carrying->snapshot.size * GIB ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "The source's disk is larger than the source snapshot");
}

bool carrying_open_source(struct carrying *carrying, struct error *err)
{
	struct far *far = carrying->far;
	struct carry *carry = &carrying->carry;

	if (!far->ops->open(far, carrying->copy.source, carrying->copy.layer,
			    &carrying->source, err) ||
	    !check_size(carrying, err)) {
		carry->damaged = true;
		return false;
	}
	carry->from = carrying->source;
	carry->plain = !carrying->snapshot.kms_key;
	return true;
}

/* Whether what the layer would stand on is not whole yet: it is waited for, so
 * that nothing is carried twice. */
static bool check_base(struct carrying *carrying, struct error *err)
{
	const struct region_copy *copy = &carrying->copy;
	const struct far_disk *source = carrying->source;
	bool fills = false;

	for (size_t i = 0; i < source->lineage_count && !fills; i++)
		if (!region_copy_fills(carrying->call->store->db, copy->region,
				       source->lineage[i],
				       carrying->snapshot.kms_key, &fills, err))
			return false;
	if (fills)
		carrying->later = BASE_AGAIN;
	return !fills ||
	       fail(err, FAULT_UNAVAILABLE, "an older copy is on its way");
}

static bool carry(struct carrying *carrying, struct error *err)
{
	return (carrying->snapshot.layer ||
		(check_base(carrying, err) &&
		 carrying_make_layer(carrying, err))) &&
	       carrying_open_layer(carrying, err) && carry_all(carrying, err) &&
	       conclude(carrying, err);
}

/* Counts one more time at which the source was damaged. */
static int64_t count_try(struct carrying *carrying)
{
	const struct op *op = carrying->op;
	bool fired = carrying->snapshot.layer != NULL;
	int64_t tries = op_number(op, "tries") + 1;
	json_t *payload = json_loads(op->payload, 0, NULL);
	auto_free char *packed = NULL;
	struct error err = { 0 };

	json_object_set_new(payload, "tries", json_integer(tries));
	packed = json_dumps(payload, JSON_COMPACT);
	json_decref(payload);
	/* where it cannot be written down it does not count */
	if (!op_step(carrying->call->store->journal, op->id,
		     fired ? "fired" : "intent", fired, packed, NULL, &err))
		log_warning("copy %s: %s", carrying->snapshot.id, err.text);
	return tries;
}

/* Whether what has failed would do so for ever. */
static bool is_hopeless(struct carrying *carrying, enum fault fault)
{
	if (fault == FAULT_KMS_KEY_NOT_FOUND)
		return true;
	return carrying->carry.damaged && fault != FAULT_UNAVAILABLE &&
	       fault != FAULT_VOLUME_IN_USE && count_try(carrying) >= TRIES;
}

/* Carries what is still there to be carried, and can be read and written. */
static bool carry_or_end(struct carrying *carrying, struct error *err)
{
	char why[sizeof(err->text)];
	bool opened = carrying_open_source(carrying, err);

	if (opened && !carrying->source)
		return give_up(carrying, "The source snapshot is gone", err);
	if (opened && carry(carrying, err))
		return true;
	if (carrying->later) {
		error_clear(err);
		return true;
	}
	if (!is_hopeless(carrying, err->fault))
		return false;
	log_warning("copy %s: %s", carrying->snapshot.id, err->text);
	snprintf(why, sizeof(why), "%s", err->text);
	error_clear(err);
	carry_done(&carrying->carry);
	return give_up(carrying, why, err);
}

bool carrying_load(struct carrying *carrying, const char *id, bool *ret_pends,
		   struct error *err)
{
	struct db *db = carrying->call->store->db;
	bool found, known = false;

	if (!snapshot_get(db, id, carrying->arena, &carrying->snapshot, &found,
			  err) ||
	    !region_copy_get(db, id, carrying->arena, &carrying->copy, &known,
			     err))
		return false;
	*ret_pends = found && known && !carrying->snapshot.fills &&
		     strcmp(carrying->snapshot.state, "pending") == 0;
	return true;
}

/* Takes the snapshot's turn, without which the layer may be somebody else's;
 * *ret_taken is false when he has it. */
static bool take_turn(struct carrying *carrying, const char *id,
		      bool *ret_taken, struct error *err)
{
	*ret_taken = turn_take(carrying->call, &id, 1, 0, &carrying->turn, err);
	if (!*ret_taken && err->fault != FAULT_UNAVAILABLE)
		return false;
	error_clear(err);
	return true;
}

bool region_copy_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_carrying carrying = { .call = call,
				   .op = op,
				   .arena = arena,
				   .turn = TURN_INIT };
	const char *id = arena ? op_text(op, "snapshot", arena) : NULL;
	bool taken, pends = false;

	*ret_due = 0;
	if (!arena)
		return fail_memory(err);
	carrying.layer = op_text(op, "layer", arena);
	carrying.disk_key = op_text(op, "key", arena);
	if (!id || !carrying.layer)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!take_turn(&carrying, id, &taken, err) ||
	    (taken && !carrying_load(&carrying, id, &pends, err)))
		return false;
	if (!taken) {
		*ret_due = clock_wall() + LOOK_AGAIN;
		return true;
	}
	if (!pends)
		return op_step(call->store->journal, op->id, "aborted", 2, NULL,
			       NULL, err);
	if (carrying.snapshot.deleting)
		return give_up(&carrying, NULL, err);
	if (layer_fills(call->store->chain, carrying.layer))
		return carrying_fill(&carrying, err);
	if (!region_open(call, carrying.copy.region, &carrying.far, err) ||
	    !carry_or_end(&carrying, err))
		return false;
	if (carrying.later)
		*ret_due = clock_wall() + carrying.later;
	return true;
}
