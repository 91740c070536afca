/* fillsettle.c - what a filling's end means to snapshots and images
 *
 * All of it is in the transaction in which the filling ends: nobody sees a
 * snapshot as completed of which a byte is only elsewhere.
 */
#include <string.h>

#include "images/fill-private.h"
#include "images/layers.h"
#include "images/registry/image.h"
#include "images/registry/imagetask.h"
#include "images/registry/region.h"
#include "images/snapshot.h"
#include "images/snapshotlock.h"

/* What a snapshot that was not taken of a volume says. */
#define NO_VOLUME "vol-ffffffff"

/* An image that was restored is what its snapshots have become; so is the task
 * that has made it. */
static bool settle_task(struct call *call, const char *image,
			const struct error *why, struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	struct image_task task;
	struct image row;
	bool known, found;

	if (!arena)
		return fail_memory(err);
	if (!image_get(db, image, arena, &row, &known, err) ||
	    !image_task_of(db, "restore", image, arena, &task, &found, err))
		return false;
	if (!known || !found || strcmp(row.state, "pending") == 0 ||
	    strcmp(task.state, "active") != 0)
		return true;
	return why ? image_task_end(db, task.id, "failed",
				    fault_code(why->fault), why->text, NULL,
				    call->now, err) :
		     image_task_end(db, task.id, "completed", NULL, NULL, image,
				    call->now, err);
}

/* Whether a snapshot that is still filled is there for an image alone. */
static bool made_for_image(struct call *call, const char *id, const char *image,
			   struct arena *arena, struct snapshot *ret_snapshot,
			   bool *ret_made, struct error *err)
{
	const char *user;
	bool found, locked;

	*ret_made = false;
	if (!snapshot_get(call->store->db, id, arena, ret_snapshot, &found,
			  err))
		return false;
	if (!found || !ret_snapshot->fills ||
	    strcmp(ret_snapshot->volume, NO_VOLUME) != 0)
		return true;
	if (!snapshot_user(call->store->db, id, image, true, arena, &user,
			   err) ||
	    !snapshot_locked(call, id, &locked, err))
		return false;
	*ret_made = !user && !locked;
	return true;
}

/* Images that wait for a snapshot that is completed now are available with the
 * last of theirs. */
static bool settle_images(struct call *call, const char *snapshot,
			  struct arena *arena, struct error *err)
{
	struct db *db = call->store->db;
	const char *const *images;
	size_t count;

	if (!image_pending_on(db, snapshot, arena, &images, &count, err) ||
	    !region_images_settle(db, snapshot, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!settle_task(call, images[i], NULL, err))
			return false;
	return true;
}

bool fill_settle_full(struct call *call, const char *layer, int64_t blocks,
		      struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	const struct filling_snapshot *all;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!filling_set_progress(db, layer, blocks, blocks, err) ||
	    !filling_set_state(db, layer, "full", NULL, err) ||
	    !filling_snapshots(db, layer, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!snapshot_complete(call, all[i].id, err) ||
		    !settle_images(call, all[i].id, arena, err))
			return false;
	return layers_tend(call, err);
}

/* A snapshot is in error, and lets go of its layer: who else stands on that may
 * still have it filled. */
static bool fail_snapshot(struct call *call, const char *id, const char *layer,
			  const struct error *why, struct error *err)
{
	return snapshot_set_failed(call->store->db, id, why->text, err) &&
	       snapshot_set_layer(call->store->db, id, NULL, err) &&
	       layers_release(call, layer, err);
}

/* An image has failed: so have those of its snapshots that are only on their
 * way here for it. */
static bool fail_image(struct call *call, const char *image,
		       const struct error *why, struct arena *arena,
		       struct error *err)
{
	const struct mapping *mappings;
	struct snapshot snapshot;
	size_t count;

	if (!image_mappings(call->store->db, image, arena, &mappings, &count,
			    err))
		return false;
	for (size_t i = 0; i < count; i++) {
		bool made = false;

		if (mappings[i].snapshot &&
		    !made_for_image(call, mappings[i].snapshot, image, arena,
				    &snapshot, &made, err))
			return false;
		if (made &&
		    !fail_snapshot(call, snapshot.id, snapshot.layer, why, err))
			return false;
	}
	return settle_task(call, image, why, err);
}

static bool fail_images(struct call *call, const char *snapshot,
			const struct error *why, struct arena *arena,
			struct error *err)
{
	struct db *db = call->store->db;
	const char *const *images;
	size_t count;

	if (!image_pending_on(db, snapshot, arena, &images, &count, err) ||
	    !region_images_settle(db, snapshot, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!fail_image(call, images[i], why, arena, err))
			return false;
	return true;
}

bool fill_settle_failed(struct call *call, const char *layer,
			const struct error *why, struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	const struct filling_snapshot *all;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!filling_set_state(db, layer, "failed", why->text, err) ||
	    !filling_snapshots(db, layer, arena, &all, &count, err))
		return false;
	/* those of volumes stand on the others' layers */
	for (size_t i = count; i-- > 0;)
		if (!fail_snapshot(call, all[i].id, all[i].layer, why, err))
			return false;
	for (size_t i = 0; i < count; i++)
		if (!fail_images(call, all[i].id, why, arena, err))
			return false;
	return true;
}

bool fill_withdraw(struct call *call, const char *image,
		   const struct mapping *mappings, size_t count,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct error why = {
		.fault = FAULT_IMAGE_UNAVAILABLE,
		.text = "The image was deregistered",
	};

	if (!arena)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct snapshot snapshot = { .owner = "" };
		bool made = false;

		if (mappings[i].snapshot &&
		    !made_for_image(call, mappings[i].snapshot, image, arena,
				    &snapshot, &made, err))
			return false;
		made = made && strcmp(snapshot.owner, call->account) == 0;
		if (made && !snapshot_drop(call, mappings[i].snapshot, err))
			return false;
	}
	return settle_task(call, image, &why, err);
}
