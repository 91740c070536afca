/* upload.c - snapshots that a client writes block by block
 *
 * A put is a write, a flush and a row, in this order, so that the rows are what
 * was acknowledged. Where a block is overwritten its row goes first. Completing
 * compares the rows with what the layer's tables say: a block without a row is
 * one that was cut short.
 */
#include "images/upload.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "images/authorise.h"
#include "images/base/buf.h"
#include "images/block.h"
#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/registry/upload.h"
#include "images/snapshot.h"
#include "images/tags.h"
#include "images/turn.h"
#include "images/volume.h"

#define SIZE_MOST 65536 /* GiB, EBS direct's */
#define TIMEOUT_LEAST 10
#define TIMEOUT_MOST 4320
#define DESCRIPTION_MOST 255
#define MINUTE (60 * USEC_PER_SEC)

/* A pending snapshot that is being changed by whoever has its turn. */
struct pending {
	struct snapshot snapshot;
	struct upload upload;
	struct layer_ref layer;
};

static bool check_request(struct call *call,
			  const struct upload_request *request,
			  struct arena *arena,
			  const struct layer_ref **ret_parent,
			  struct error *err)
{
	struct snapshot parent;
	size_t count;

	if (request->size < 1 || request->size > SIZE_MOST)
		return fail(err, FAULT_EBS_VOLUME_SIZE,
			    "The volume size must be between 1 and %d GiB.",
			    SIZE_MOST);
	if (request->timeout < TIMEOUT_LEAST || request->timeout > TIMEOUT_MOST)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The timeout must be between %d and %d minutes.",
			    TIMEOUT_LEAST, TIMEOUT_MOST);
	if (strlen(request->description) > DESCRIPTION_MOST)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The description has more than %d characters.",
			    DESCRIPTION_MOST);
	if (request->tag_count > TAGS_MOST)
		return fail(err, FAULT_EBS_TAG,
			    "A resource has at most %d tags", TAGS_MOST);
	for (size_t i = 0; i < request->tag_count; i++)
		if (!tags_check(request->tags[i].key, request->tags[i].value,
				err)) {
			err->fault = FAULT_EBS_TAG;
			return false;
		}
	*ret_parent = NULL;
	if (!request->parent)
		return true;
	if (!block_layers(call, request->parent, arena, &parent, ret_parent,
			  &count, err))
		return false;
	if (request->size < parent.size)
		return fail(err, FAULT_EBS_VOLUME_SIZE,
			    "The volume size must not be less than that of the "
			    "parent snapshot, %" PRId64 " GiB.",
			    parent.size);
	return true;
}

/* Whether the snapshot is encrypted: as its parent is, else as is asked for. */
static bool plan_sealing(struct call *call,
			 const struct upload_request *request,
			 struct arena *arena, struct sealing *ret_sealing,
			 struct error *err)
{
	struct snapshot parent;

	if (request->parent &&
	    !authorise_snapshot(call, RIGHT_SEE, request->parent, arena,
				&parent, err))
		return false;
	return encrypt_plan(call, &request->encryption,
			    request->parent ? &parent : NULL, arena,
			    ret_sealing, err) ||
	       block_fail_key(err);
}

/* Makes the layer, which no row knows yet. */
static bool make_layer(struct call *call, const char *name,
		       const struct layer_ref *parent, int64_t size,
		       const struct sealing *sealing, struct error *err)
{
	auto_layer_secret secret = { "", "" };

	if (!sealing->disk_key)
		return layer_create(call->store->chain, name, parent,
				    (uint64_t)(size * GIB), err);
	if (!encrypt_secret(call, sealing->disk_key, &secret, err))
		return false;
	return layer_create_encrypted(call->store->chain, name, parent,
				      (uint64_t)(size * GIB), &secret, err);
}

/* Opens the operation, with the names of what it will make. */
static bool start_begin(struct call *call, const char *id, const char *layer,
			struct sealing *sealing, struct arena *arena,
			struct op *ret_op, const char **ret_answer,
			struct error *err)
{
	auto_tx tx = TX_INIT;

	*ret_op = (struct op){
		.kind = "start-snapshot",
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
		.payload = arena_format(
			arena, "{\"snapshot\":\"%s\",\"layer\":\"%s\"}", id,
			layer),
	};
	if (!ret_op->payload)
		return fail_memory(err);
	return tx_begin(&tx, call->store->db, err) &&
	       op_begin(call->store->journal, ret_op, arena, ret_answer, err) &&
	       (*ret_answer || encrypt_seal(call, sealing, arena, err)) &&
	       tx_commit(&tx, err);
}

/* The rows, when the file is there. The parent may have been deleted
 * meanwhile, and its layer with it. */
static bool start_commit(struct call *call,
			 const struct upload_request *request, const char *op,
			 const char *id, const char *layer,
			 const struct layer_ref *below,
			 const struct sealing *sealing, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct layer_ref *parent;
	struct layer row = {
		.name = layer,
		.format = "qcow2",
		.parent = below ? below->name : NULL,
		.size = request->size * GIB,
		.state = "active",
		.disk_key = sealing->disk_key,
	};
	struct snapshot snapshot = {
		.id = id,
		.owner = call->account,
		.layer = layer,
		.volume = "vol-ffffffff",
		.size = request->size,
		.description = request->description,
		.state = "pending",
		.created = call->now,
		.kms_key = sealing->key.id,
	};
	struct upload upload = {
		.expires = clock_wall() + request->timeout * MINUTE,
		.timeout = request->timeout,
		.parent = request->parent,
	};
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !check_request(call, request, arena, &parent, err) ||
	    !layer_insert(db, &row, err) ||
	    !snapshot_insert(db, &snapshot, err) ||
	    !upload_insert(db, id, &upload, err))
		return false;
	return tags_set_all(call, id, request->tags, request->tag_count, err) &&
	       op_step(call->store->journal, op, "done", 1, NULL, id, err) &&
	       tx_commit(&tx, err);
}

static bool start_undo(struct call *call, const char *op, const char *layer,
		       struct error *err)
{
	return layer_remove(call->store->chain, layer, err) &&
	       op_step(call->store->journal, op, "aborted", 0, NULL, NULL, err);
}

bool upload_start(struct call *call, const struct upload_request *request,
		  char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct op known = {
		.account = call->account,
		.action = call->action,
		.client_token = call->client_token,
		.request = call->request,
	};
	const struct layer_ref *parent;
	char layer[LAYER_NAME_SIZE];
	const char *answer = NULL;
	struct error undo = { 0 };
	auto_turn pin = TURN_INIT;
	struct sealing sealing;
	struct op op;

	if (!arena)
		return fail_memory(err);
	if (!turn_pin(call, &pin, err))
		return false;
	if (call->client_token &&
	    !op_answer(call->store->journal, &known, arena, &answer, err))
		return false;
	id_new("snap", ret_id);
	layer_name_new(LAYER_QCOW2, layer);
	if (!answer && (!check_request(call, request, arena, &parent, err) ||
			!plan_sealing(call, request, arena, &sealing, err) ||
			!start_begin(call, ret_id, layer, &sealing, arena, &op,
				     &answer, err)))
		return false;
	if (answer) {
		snprintf(ret_id, ID_SIZE, "%s", answer);
		return true;
	}
	if (make_layer(call, layer, parent, request->size, &sealing, err) &&
	    start_commit(call, request, op.id, ret_id, layer, parent, &sealing,
			 err))
		return true;
	if (!start_undo(call, op.id, layer, &undo))
		error_clear(&undo); /* recovery will */
	return false;
}

bool upload_start_recover(struct call *call, const struct op *op,
			  struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *layer = arena ? op_text(op, "layer", arena) : NULL;

	if (!layer)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	return start_undo(call, op->id, layer, err);
}

/* Finds a pending snapshot of the caller's that takes blocks, or with `again`
 * one that was completed before. */
static bool pending_open(struct call *call, const char *id, bool again,
			 struct arena *arena, struct pending *ret,
			 struct error *err)
{
	struct snapshot *snapshot = &ret->snapshot;
	struct upload *upload = &ret->upload;

	if (!authorise_snapshot(call, RIGHT_OWN, id, arena, snapshot, err) ||
	    !upload_get(call->store->db, id, arena, upload, err))
		return false;
	ret->layer = (struct layer_ref){ snapshot->layer, LAYER_QCOW2 };
	if (!upload->expires)
		return fail(err, FAULT_EBS_SNAPSHOT_ID,
			    "The snapshot '%s' was not begun with "
			    "StartSnapshot.",
			    id);
	if (again && strcmp(snapshot->state, "completed") == 0)
		return true;
	if (strcmp(snapshot->state, "error") == 0 ||
	    (upload->timeout && upload->expires <= clock_wall()))
		return fail(err, FAULT_EBS_TIMEOUT,
			    "The snapshot '%s' was not completed in time.", id);
	if (strcmp(snapshot->state, "pending") != 0 || !upload->timeout)
		return fail(err, FAULT_EBS_SNAPSHOT_ID,
			    "The snapshot '%s' takes no more blocks.", id);
	return true;
}

static bool put_check(const struct pending *pending, uint64_t block,
		      struct error *err)
{
	if (block < block_count(pending->snapshot.size))
		return true;
	return fail(err, FAULT_EBS_BLOCK,
		    "There is no block %" PRIu64 " in a volume of %" PRId64
		    " GiB.",
		    block, pending->snapshot.size);
}

/* Puts the bytes into the layer; durable when it returns. */
static bool put_data(struct call *call, const struct layer_ref *layer,
		     uint64_t block, const void *data, struct error *err)
{
	auto_of(disk) disk = NULL;
	auto_turn pin = TURN_INIT;

	return turn_pin(call, &pin, err) &&
	       disk_open_write(call->store->chain, layer, &disk, err) &&
	       disk_write(disk, data, BLOCK_SIZE, block * BLOCK_SIZE, err) &&
	       disk_flush(disk, err);
}

/* The acknowledgement. The snapshot may have been deleted meanwhile. */
static bool put_commit(struct call *call, const char *id, uint64_t block,
		       const uint8_t digest[SHA256_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct pending pending;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	return tx_begin(&tx, db, err) &&
	       pending_open(call, id, false, arena, &pending, err) &&
	       upload_block_set(db, id, block, digest, err) &&
	       upload_extend(db, id,
			     clock_wall() + pending.upload.timeout * MINUTE,
			     err) &&
	       tx_commit(&tx, err);
}

bool upload_put(struct call *call, const char *id, uint64_t block,
		const void *data, size_t size,
		const uint8_t digest[SHA256_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	uint8_t is[SHA256_SIZE], was[SHA256_SIZE];
	auto_turn turn = TURN_INIT;
	struct db *db = call->store->db;
	struct pending pending;
	bool there;

	if (!arena)
		return fail_memory(err);
	if (!pending_open(call, id, false, arena, &pending, err) ||
	    !put_check(&pending, block, err))
		return false;
	if (size != BLOCK_SIZE)
		return fail(err, FAULT_EBS_BLOCK,
			    "The block data has %zu bytes, not %u.", size,
			    BLOCK_SIZE);
	sha256(data, size, is);
	if (memcmp(is, digest, sizeof(is)) != 0)
		return fail(err, FAULT_EBS_BLOCK,
			    "The checksum is not that of the block data.");
	if (!encrypt_may_open(call, pending.layer.name, err))
		return block_fail_key(err);
	if (!turn_take(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !pending_open(call, id, false, arena, &pending, err) ||
	    !upload_block_get(db, id, block, was, &there, err))
		return false;
	/* what it says already need not be written */
	if (there && memcmp(was, is, sizeof(is)) == 0)
		return put_commit(call, id, block, is, err);
	return (!there || upload_block_forget(db, id, block, err)) &&
	       put_data(call, &pending.layer, block, data, err) &&
	       put_commit(call, id, block, is, err);
}

/* What was acknowledged, beside what is in the layer. */
struct tally {
	const struct blockmap *held;
	uint64_t at; /* the next block that the layer holds */
	uint64_t count;
	struct buf digests;
};

static void tally_done(struct tally *tally)
{
	buf_done(&tally->digests);
}

static bool tally_row(void *data, uint64_t block,
		      const uint8_t digest[SHA256_SIZE], struct error *err)
{
	struct tally *tally = data;

	tally->count++;
	buf_add(&tally->digests, digest, SHA256_SIZE);
	if (tally->at == block) {
		tally->at = blockmap_next(tally->held, block + 1);
		return true;
	}
	if (tally->at > block)
		return fail(err, FAULT_INTERNAL,
			    "block %" PRIu64 " was acknowledged and is not "
			    "there",
			    block);
	return fail(err, FAULT_EBS_BLOCK,
		    "Putting block %" PRIu64 " was cut short: put it again.",
		    tally->at);
}

/* Whether the blocks are what the client says that they are, and nothing of
 * one that was not acknowledged is there. */
static bool complete_check(struct call *call, const struct pending *pending,
			   uint64_t count, const uint8_t *checksum,
			   struct error *err)
{
	__attribute__((cleanup(tally_done))) struct tally tally = { .at = 0 };
	auto_of(blockmap) held = NULL;
	uint8_t all[SHA256_SIZE];

	if (!blockmap_new(block_count(pending->snapshot.size), &held, err) ||
	    !blockmap_add_held(held, call->store->chain, &pending->layer, err))
		return false;
	tally.held = held;
	tally.at = blockmap_next(held, 0);
	if (!upload_blocks(call->store->db, pending->snapshot.id, tally_row,
			   &tally, err))
		return false;
	if (tally.digests.broken)
		return fail_memory(err);
	if (tally.at != BLOCK_NONE)
		return fail(err, FAULT_EBS_BLOCK,
			    "Putting block %" PRIu64 " was cut short: put it "
			    "again.",
			    tally.at);
	if (tally.count != count)
		return fail(err, FAULT_EBS_PARAMETER,
			    "%" PRIu64 " blocks were written, not %" PRIu64 ".",
			    tally.count, count);
	sha256(tally.digests.data, tally.digests.size, all);
	if (checksum && memcmp(all, checksum, sizeof(all)) != 0)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The checksum is not that of the written blocks.");
	return true;
}

/* From here on nothing is put, and who dies leaves the rest to recovery. */
static bool complete_begin(struct call *call, const char *id, struct op *ret_op,
			   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *answer;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	*ret_op = (struct op){
		.kind = "complete-snapshot",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = arena_format(arena, "{\"snapshot\":\"%s\"}", id),
	};
	if (!ret_op->payload)
		return fail_memory(err);
	return tx_begin(&tx, call->store->db, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err) &&
	       upload_close(call->store->db, id, err) && tx_commit(&tx, err);
}

/* Freezes the layer, then says so. */
static bool complete_finish(struct call *call, const char *op,
			    const struct snapshot *snapshot, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;

	if (!layer_freeze(call->store->chain, snapshot->layer, err) ||
	    !tx_begin(&tx, db, err) ||
	    !layer_set_frozen(db, snapshot->layer, err) ||
	    !upload_clear(db, snapshot->id, err) ||
	    !snapshot_complete(call, snapshot->id, err) ||
	    !layers_tend(call, err))
		return false;
	return op_step(call->store->journal, op, "done", 1, NULL, snapshot->id,
		       err) &&
	       tx_commit(&tx, err);
}

bool upload_finish(struct call *call, const char *id, uint64_t count,
		   const uint8_t checksum[SHA256_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct error given_up = { 0 };
	struct pending pending;
	struct op op;

	if (!arena)
		return fail_memory(err);
	if (!pending_open(call, id, true, arena, &pending, err) ||
	    !turn_take(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !pending_open(call, id, true, arena, &pending, err))
		return false;
	if (strcmp(pending.snapshot.state, "completed") == 0)
		return true;
	if (!complete_check(call, &pending, count, checksum, err) ||
	    !complete_begin(call, id, &op, err))
		return false;
	if (complete_finish(call, op.id, &pending.snapshot, err))
		return true;
	if (!op_release(call->store->journal, op.id, &given_up))
		error_clear(&given_up);
	return false;
}

bool upload_finish_recover(struct call *call, const struct op *op,
			   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "snapshot", arena) : NULL;
	auto_turn turn = TURN_INIT;
	struct snapshot snapshot;
	bool found;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!turn_take(call, &id, 1, 0, &turn, err) ||
	    !snapshot_get(call->store->db, id, arena, &snapshot, &found, err))
		return false;
	if (found && strcmp(snapshot.state, "pending") == 0)
		return complete_finish(call, op->id, &snapshot, err);
	return op_step(call->store->journal, op->id, "aborted", 0, NULL, NULL,
		       err);
}

/* Gives one up unless it is just being written, or was completed or deleted
 * since it was found. */
static bool expire(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct snapshot snapshot;
	struct upload upload;
	const char *layer;
	bool found;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !snapshot_get(db, id, arena, &snapshot, &found, err) ||
	    !upload_get(db, id, arena, &upload, err))
		return false;
	if (!found || strcmp(snapshot.state, "pending") != 0 ||
	    !upload.timeout || upload.expires > clock_wall())
		return true;
	if (snapshot.deleting)
		return snapshot_drop(call, id, err) && tx_commit(&tx, err);
	return upload_fail(db, id, arena, &layer, err) &&
	       layers_release(call, layer, err) && tx_commit(&tx, err);
}

bool uploads_expire(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = "";

	if (!arena)
		return fail_memory(err);
	for (;;) {
		auto_turn turn = TURN_INIT;

		if (!upload_expired(call->store->db, clock_wall(), id, arena,
				    &id, err))
			return false;
		if (!id)
			return true;
		if (!turn_take(call, &id, 1, 0, &turn, err)) {
			if (err->fault != FAULT_UNAVAILABLE)
				return false;
			error_clear(err); /* a block is being put */
			continue;
		}
		if (!expire(call, id, err))
			return false;
	}
}
