/* tiermove.c - what archiving and restoring have in common
 *
 * A job begins anew after whoever ran it died: names are in the rows and the
 * payload, and what lies under them goes first. The row of the snapshot
 * changes in the transaction that ends the job, when the other side of it is
 * whole, durable and read once more: at no time is it in neither.
 */
#include <string.h>

#include "images/archive.h"
#include "images/base/hex.h"
#include "images/base/log.h"
#include "images/kms.h"
#include "images/parcel/parcel.h"
#include "images/registry/filling.h"
#include "images/tier-private.h"

#define MOVED_PERCENT 90 /* then it is read once more */
#define LATER (5 * USEC_PER_SEC)
#define TELL_EVERY (USEC_PER_SEC / 2)

bool moving_load(struct moving *moving, struct error *err)
{
	struct db *db = moving->call->store->db;
	const char *id = op_text(moving->op, "snapshot", moving->arena);
	const char *object = op_text(moving->op, "object", moving->arena);
	bool found, there, known;

	if (!id || !object)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    moving->op->id);
	if (!snapshot_get_any(db, id, moving->arena, &moving->snapshot, &found,
			      err) ||
	    !snapshot_tier_get(db, id, moving->arena, &moving->tier, &there,
			       err) ||
	    !archive_object_get(db, object, moving->arena, &moving->object,
				&known, err))
		return false;
	if (!known)
		moving->object.id = NULL;
	moving->wanted = found && there && known && moving->tier.object &&
			 strcmp(moving->tier.object, object) == 0 &&
			 strstr(moving->tier.status, "-in-progress");
	return true;
}

void moving_tell(void *data, uint64_t done, uint64_t total)
{
	struct moving *moving = data;
	usec_t now = clock_monotonic();
	struct error ignored = { 0 };

	if (now - moving->told < TELL_EVERY)
		return;
	moving->told = now;
	if (!snapshot_tier_set_progress(
		    moving->call->store->db, moving->snapshot.id,
		    (int64_t)(done * MOVED_PERCENT / (total ? total : 1)),
		    &ignored))
		log_info("%s: %s", moving->snapshot.id, ignored.text);
}

bool moving_failed(struct moving *moving, const char *status, bool keeps_object,
		   const char *why, struct error *err)
{
	struct snapshot_tier tier = moving->tier;

	tier.status = status;
	tier.detail = why;
	tier.days = 0;
	if (!keeps_object)
		tier.object = NULL;
	return snapshot_tier_set(moving->call->store->db, &tier, err);
}

bool moving_end(struct moving *moving, const char *state, struct error *err)
{
	return op_step(moving->call->store->journal, moving->op->id, state, 1,
		       NULL, NULL, err);
}

bool moving_waits(struct error *err, usec_t *ret_due)
{
	if (err->fault != FAULT_UNAVAILABLE)
		return false;
	log_info("%s", err->text);
	error_clear(err);
	*ret_due = clock_wall() + LATER;
	return true;
}

bool tier_object_key(struct call *call, const struct archive_object *object,
		     struct secret *secret, const struct secret **ret_key,
		     struct error *err)
{
	auto_disk_secret digits = { "" };

	*ret_key = NULL;
	if (!object->disk_key)
		return true;
	secret_guard(secret, sizeof(*secret));
	if (!disk_key_open(call, object->disk_key, DISK_KEY_STORE, &digits,
			   err))
		return false;
	*ret_key = secret;
	return hex_read(digits.text, secret->bytes, sizeof(secret->bytes)) ||
	       fail(err, FAULT_INTERNAL, "the disk key %s is no key",
		    object->disk_key);
}

/* Reads a parcel that is open, without unpacking it for anybody. */
static bool read_all(int fd, struct error *err)
{
	auto_of(parcel) parcel = NULL;
	uint64_t number = 0, size;

	if (!parcel_open(fd, &parcel, err) || !parcel_disk(parcel, &size, err))
		return false;
	while (number != PARCEL_NO_BLOCK)
		if (!parcel_block(parcel, NULL, &number, err))
			return false;
	return parcel_end(parcel, err);
}

bool tier_object_open(struct call *call, const struct archive_object *object,
		      int *ret_fd, struct error *err)
{
	auto_close int fd = -1;
	uint8_t digest[SHA256_SIZE];

	if (!archive_open(call, object, &fd, err) ||
	    !parcel_digest(fd, digest, err))
		return false;
	if (memcmp(digest, object->digest, sizeof(digest)) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the archive's object %s is not what was archived",
			    object->id);
	*ret_fd = take_fd(fd);
	return true;
}

bool tier_verify(struct call *call, const struct archive_object *object,
		 struct error *err)
{
	auto_close int fd = -1;

	return tier_object_open(call, object, &fd, err) && read_all(fd, err);
}

bool tier_remove_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "object", arena) : NULL;
	struct archive_object object;
	bool found, reads;
	auto_tx tx = TX_INIT;

	*ret_due = 0;
	if (!id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	/* a layer may still be filled from it */
	if (!filling_reads(call->store->db, id, &reads, err))
		return false;
	if (reads) {
		*ret_due = clock_wall() + LATER;
		return true;
	}
	if (!archive_object_get(call->store->db, id, arena, &object, &found,
				err))
		return false;
	if (found && !archive_remove(call, &object, err))
		return moving_waits(err, ret_due);
	return tx_begin(&tx, call->store->db, err) &&
	       archive_object_delete(call->store->db, id, err) &&
	       (!found || !object.disk_key ||
		disk_key_forget(call->store->db, object.disk_key, err)) &&
	       op_step(call->store->journal, op->id, "done", 1, NULL, NULL,
		       err) &&
	       tx_commit(&tx, err);
}
