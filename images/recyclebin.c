/* recyclebin.c - what was deleted, and may come back for a time
 *
 * What is in the bin keeps its rows, marked: a snapshot's still names its
 * layer, so that whatever asks who needs a layer needs to know nothing of bins,
 * while whatever asks for a snapshot or an image does not find it.
 */
#include "images/recyclebin.h"

#include <string.h>

#include "images/fastrestore.h"
#include "images/image.h"
#include "images/layers.h"
#include "images/registry/binrule.h"
#include "images/registry/publicblock.h"
#include "images/registry/tag.h"
#include "images/snapshot.h"
#include "images/tier.h"

#define DAY (24 * 3600 * USEC_PER_SEC)

/* Marks something as being in the bin. */
static bool mark(struct call *call, const char *id, const char *type,
		 const char *owner, struct error *err)
{
	struct tag tag = {
		.resource = id,
		.key = RECYCLE_TAG,
		.value = "true",
		.type = type,
		.owner = owner,
	};

	return tag_set(call->store->db, &tag, err);
}

bool recycle_snapshot(struct call *call, const struct snapshot *snapshot,
		      bool *ret_kept, struct error *err)
{
	struct db *db = call->store->db;
	int64_t days = 0;

	*ret_kept = false;
	if (strcmp(snapshot->state, "completed") != 0)
		return true;
	if (!bin_rule_match(db, snapshot->owner, "EBS_SNAPSHOT", snapshot->id,
			    &days, err))
		return false;
	*ret_kept = days;
	return !days ||
	       (fast_forget(call, snapshot->id, err) &&
		snapshot_set_binned(db, snapshot->id, call->now,
				    time_after(call->now, days * DAY), err) &&
		mark(call, snapshot->id, "snapshot", snapshot->owner, err));
}

bool recycle_image(struct call *call, const struct image *image, bool *ret_kept,
		   struct error *err)
{
	struct db *db = call->store->db;
	int64_t days = 0;

	*ret_kept = false;
	if (strcmp(image->kind, "machine") != 0 ||
	    strcmp(image->root_device_type, "ebs") != 0 ||
	    (strcmp(image->state, "available") != 0 &&
	     strcmp(image->state, "disabled") != 0))
		return true;
	if (!bin_rule_match(db, image->owner, "EC2_IMAGE", image->id, &days,
			    err))
		return false;
	*ret_kept = days;
	return !days ||
	       (image_set_binned(db, image->id, call->now,
				 time_after(call->now, days * DAY), err) &&
		mark(call, image->id, "image", image->owner, err));
}

bool recycle_find_snapshot(const struct call *call, const char *id,
			   struct arena *arena, struct snapshot *ret_snapshot,
			   struct error *err)
{
	bool found;

	if (!snapshot_get_any(call->store->db, id, arena, ret_snapshot, &found,
			      err))
		return false;
	if (found && strcmp(ret_snapshot->owner, call->account) == 0 &&
	    ret_snapshot->bin_until > call->now)
		return true;
	return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
		    "The snapshot '%s' does not exist in the Recycle Bin.", id);
}

bool recycle_find_image(const struct call *call, const char *id,
			struct arena *arena, struct image *ret_image,
			struct error *err)
{
	bool found;

	if (!image_get(call->store->db, id, arena, ret_image, &found, err))
		return false;
	if (found && strcmp(ret_image->owner, call->account) == 0 &&
	    ret_image->bin_until > call->now)
		return true;
	return fail(err, FAULT_IMAGE_NOT_FOUND,
		    "The image id '[%s]' does not exist in the Recycle Bin",
		    id);
}

/* Whether what the account shares with all is to stay public. */
static bool may_be_public(struct call *call, const char *kind,
			  struct arena *arena, bool *ret_may, struct error *err)
{
	const char *state;

	if (!public_block_get(call->store->db, call->account, kind, arena,
			      &state, err))
		return false;
	*ret_may = strcmp(state, "unblocked") == 0;
	return true;
}

bool recycle_restore_snapshot(struct call *call, const char *id,
			      struct arena *arena,
			      struct snapshot *ret_snapshot, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	bool public;

	return tx_begin(&tx, db, err) &&
	       recycle_find_snapshot(call, id, arena, ret_snapshot, err) &&
	       call_dry_run(call, err) &&
	       snapshot_set_binned(db, id, 0, 0, err) &&
	       tag_remove(db, id, RECYCLE_TAG, NULL, err) &&
	       may_be_public(call, "snapshot", arena, &public, err) &&
	       (public || snapshot_permission_remove(db, id, "all", err)) &&
	       tx_commit(&tx, err);
}

/* All that the image stands on is there, and may be used. */
static bool check_snapshots(const struct call *call, const char *id,
			    struct arena *arena, struct error *err)
{
	const struct mapping *mappings;
	size_t count;

	if (!image_mappings(call->store->db, id, arena, &mappings, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *snapshot = mappings[i].snapshot;
		bool usable = true;

		if (mappings[i].lost)
			return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
				    "The snapshot '%s' of the image '%s' does "
				    "not exist any more.",
				    mappings[i].lost, id);
		if (snapshot && !snapshot_usable(call->store->db, snapshot,
						 call->account, &usable, err))
			return false;
		if (!usable)
			return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
				    "The snapshot '%s' of the image '%s' does "
				    "not exist: restore it from the Recycle "
				    "Bin first.",
				    snapshot, id);
	}
	return true;
}

bool recycle_restore_image(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct image image;
	auto_tx tx = TX_INIT;
	bool public;

	if (!arena)
		return fail_memory(err);
	return tx_begin(&tx, db, err) &&
	       recycle_find_image(call, id, arena, &image, err) &&
	       image_name_check(call, image.name, err) &&
	       check_snapshots(call, id, arena, err) &&
	       (strcmp(image.bin_state, "disabled") == 0 ||
		tier_check_image(call, id, err)) &&
	       call_dry_run(call, err) && image_set_binned(db, id, 0, 0, err) &&
	       tag_remove(db, id, RECYCLE_TAG, NULL, err) &&
	       may_be_public(call, "image", arena, &public, err) &&
	       (public || launch_permission_remove(db, id, "all", err)) &&
	       tx_commit(&tx, err);
}

/* Deletes the one image that is due, if there is one. */
static bool sweep_image(struct call *call, bool *ret_done, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const char *id;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!image_bin_due(db, call->now, arena, &id, err))
		return false;
	*ret_done = id;
	/* somebody else may be at it */
	if (!id || !tx_begin(&tx, db, err) ||
	    !image_bin_due(db, call->now, arena, &id, err) || !id)
		return !err->fault;
	return image_end_binned(db, id, err) && image_forget(call, id, err) &&
	       tx_commit(&tx, err);
}

static bool sweep_snapshot(struct call *call, bool *ret_done, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const char *id;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_bin_due(db, call->now, arena, &id, err))
		return false;
	*ret_done = id;
	if (!id || !tx_begin(&tx, db, err) ||
	    !snapshot_bin_due(db, call->now, arena, &id, err) || !id)
		return !err->fault;
	return snapshot_drop(call, id, err) && tx_commit(&tx, err);
}

bool recycle_sweep(struct call *call, struct error *err)
{
	bool more = true;

	while (more)
		if (!sweep_image(call, &more, err))
			return false;
	for (more = true; more;)
		if (!sweep_snapshot(call, &more, err))
			return false;
	return true;
}
