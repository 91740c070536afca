/* snapshot.c - the life of snapshots
 *
 * What is asked for is checked here; freeze.c does it.
 */
#include "images/snapshot.h"

#include <string.h>

#include "images/encrypt.h"
#include "images/fastrestore.h"
#include "images/freeze.h"
#include "images/layers.h"
#include "images/publicaccess.h"
#include "images/recyclebin.h"
#include "images/registry/tag.h"
#include "images/scan.h"
#include "images/snapshotlock.h"
#include "images/tags.h"
#include "images/tier.h"

#define EXCLUDED_MOST 40

/* Tags in the making: the volume's own, and over them what was asked for. */
struct gathering {
	struct arena *arena;
	struct pair *tags;
	size_t count;
	bool broken;
};

static void gather(void *data, const struct tag *tag)
{
	struct gathering *all = data;

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->tags[i].key, tag->key) == 0)
			return;
	all->tags = arena_more(all->arena, all->tags, all->count,
			       sizeof(*all->tags));
	all->broken |= !all->tags;
	if (all->broken)
		all->count = 0;
	else
		all->tags[all->count++] = (struct pair){
			arena_str(all->arena, tag->key),
			arena_str(all->arena, tag->value),
		};
}

static bool gather_tags(struct call *call,
			const struct snapshot_request *request,
			const char *volume, struct arena *arena,
			struct shot *ret_shot, struct error *err)
{
	struct gathering all = { .arena = arena };

	for (size_t i = 0; i < request->tag_count; i++)
		gather(&all, &(struct tag){ .key = request->tags[i].key,
					    .value = request->tags[i].value });
	if (request->copy_tags &&
	    !tag_each(call->store->db, volume, gather, &all, err))
		return false;
	if (all.broken)
		return fail_memory(err);
	if (all.count > TAGS_MOST)
		return fail(err, FAULT_TAG_LIMIT,
			    "A resource has at most %d tags", TAGS_MOST);
	ret_shot->tags = all.tags;
	ret_shot->tag_count = all.count;
	return true;
}

/* The shot of a volume, under a fresh id. */
static bool aim(struct call *call, const struct snapshot_request *request,
		const char *volume, struct arena *arena, struct shot *ret_shot,
		struct error *err)
{
	char id[ID_SIZE];

	id_new("snap", id);
	ret_shot->volume = volume;
	ret_shot->snapshot = arena_str(arena, id);
	ret_shot->description = request->description ? request->description :
						       "";
	if (!ret_shot->snapshot)
		return fail_memory(err);
	return gather_tags(call, request, volume, arena, ret_shot, err);
}

bool snapshot_create(struct call *call, const struct snapshot_request *request,
		     char ret_id[ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct volume volume;
	struct shot shot;

	if (!arena)
		return fail_memory(err);
	if (!authorise_volume(call, RIGHT_OWN, request->volume, arena, &volume,
			      err) ||
	    !aim(call, request, request->volume, arena, &shot, err) ||
	    !call_dry_run(call, err))
		return false;
	memcpy(ret_id, shot.snapshot, strlen(shot.snapshot) + 1);
	return freeze_volumes(call, &shot, 1, NULL, NULL, err);
}

static bool is_listed(const struct snapshot_request *request,
		      const char *volume)
{
	for (size_t i = 0; i < request->excluded_count; i++)
		if (strcmp(request->excluded[i], volume) == 0)
			return true;
	return false;
}

/* Exclusions name data volumes of the instance. */
static bool check_excluded(const struct snapshot_request *request,
			   const struct instance *instance,
			   const struct attachment *all, size_t count,
			   struct error *err)
{
	if (request->excluded_count > EXCLUDED_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "At most %d data volumes can be excluded",
			    EXCLUDED_MOST);
	for (size_t i = 0; i < request->excluded_count; i++) {
		const struct attachment *one = NULL;

		for (size_t j = 0; j < count && !one; j++)
			if (strcmp(all[j].volume, request->excluded[i]) == 0)
				one = &all[j];
		if (!one)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "The volume '%s' is not attached to the "
				    "instance '%s'",
				    request->excluded[i], instance->id);
		if (strcmp(one->device, instance->root_device_name) == 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "The volume '%s' is the root volume: use "
				    "ExcludeBootVolume",
				    one->volume);
	}
	return true;
}

bool snapshot_create_all(struct call *call,
			 const struct snapshot_request *request,
			 struct arena *arena, const char *const **ret_ids,
			 size_t *ret_count, struct error *err)
{
	const struct attachment *all;
	struct instance instance;
	struct shot *shots;
	const char **ids;
	size_t count, taken = 0;

	if (!authorise_instance(call, RIGHT_OWN, request->instance, arena,
				&instance, err) ||
	    !attachment_of(call->store->db, request->instance, NULL, arena,
			   &all, &count, err))
		return false;
	if (strcmp(instance.state, "running") != 0 &&
	    strcmp(instance.state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not in a state from which "
			    "snapshots can be created.",
			    request->instance);
	shots = arena_alloc(arena, (count + 1) * sizeof(*shots));
	ids = arena_alloc(arena, (count + 1) * sizeof(*ids));
	if (!shots || !ids)
		return fail_memory(err);
	if (!check_excluded(request, &instance, all, count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if ((request->exclude_boot &&
		     strcmp(all[i].device, instance.root_device_name) == 0) ||
		    is_listed(request, all[i].volume))
			continue;
		if (!aim(call, request, all[i].volume, arena, &shots[taken],
			 err))
			return false;
		ids[taken] = shots[taken].snapshot;
		taken++;
	}
	if (!taken)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "The instance '%s' has no volume left to take a "
			    "snapshot of",
			    request->instance);
	*ret_ids = ids;
	*ret_count = taken;
	return call_dry_run(call, err) &&
	       freeze_volumes(call, shots, taken, NULL, NULL, err);
}

/* An image that the caller may not see is not named. */
bool snapshot_check_unused(struct call *call, const char *id, bool disabled,
			   struct arena *arena, struct error *err)
{
	const char *image = NULL;
	bool known;

	if (!snapshot_user(call->store->db, id, NULL, disabled, arena, &image,
			   err))
		return false;
	if (!image)
		return true;
	if (!image_launchable(call->store->db, image, call->account, &known,
			      err))
		return false;
	return fail(err, FAULT_SNAPSHOT_IN_USE,
		    "The snapshot %s is currently in use by %s", id,
		    known ? image : "an image of another account");
}

/* `gone` is what takes it away when everything was checked. */
static bool erase(struct call *call, const char *id,
		  bool (*gone)(struct call *call,
			       const struct snapshot *snapshot,
			       struct error *err),
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) ||
	    !snapshot_check_unused(call, id, true, arena, err) ||
	    !snapshot_unlocked(call, id, err) || !call_dry_run(call, err))
		return false;
	if (!(snapshot.fills ? snapshot_drop(call, id, err) :
	      strcmp(snapshot.state, "pending") == 0 ?
			       snapshot_set_deleting(call->store->db, id, err) :
			       gone(call, &snapshot, err)))
		return false;
	return tx_commit(&tx, err) && layers_reap(call, err);
}

bool snapshot_erase(struct call *call, const char *id, struct error *err)
{
	return erase(call, id, snapshot_discard, err);
}

static bool drop(struct call *call, const struct snapshot *snapshot,
		 struct error *err)
{
	return snapshot_drop(call, snapshot->id, err);
}

bool snapshot_erase_own(struct call *call, const char *id, struct error *err)
{
	return erase(call, id, drop, err);
}

bool snapshot_complete(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_get(call->store->db, id, arena, &snapshot, &found, err))
		return false;
	if (!found)
		return true;
	if (!snapshot_set_state(call->store->db, id, "completed", call->now,
				err))
		return false;
	snapshot.state = "completed";
	return !snapshot.deleting || snapshot_discard(call, &snapshot, err);
}

/* Everything that refuses a change of permissions but what the snapshot
 * holds. */
static bool check_share(struct call *call, const char *id,
			const struct image_sharing *sharing,
			struct arena *arena, struct snapshot *ret_snapshot,
			struct error *err)
{
	return authorise_snapshot(call, RIGHT_OWN, id, arena, ret_snapshot,
				  err) &&
	       encrypt_check_share(call, ret_snapshot->kms_key, sharing->add,
				   sharing->add_count, err) &&
	       public_access_check(call, "snapshot", sharing->add,
				   sharing->add_count, err) &&
	       (!sharing->add_count || tier_check(ret_snapshot, err));
}

static void see_all(void *data, const char *grantee)
{
	bool *all = data;

	*all = *all || strcmp(grantee, "all") == 0;
}

/* Whether a snapshot that is not public becomes so. */
static bool publishes(struct call *call, const char *id,
		      const struct image_sharing *sharing, bool *ret_publishes,
		      struct error *err)
{
	bool asked = false, is = false;

	for (size_t i = 0; i < sharing->add_count; i++)
		see_all(&asked, sharing->add[i]);
	if (asked &&
	    !snapshot_permission_each(call->store->db, id, see_all, &is, err))
		return false;
	*ret_publishes = asked && !is;
	return true;
}

bool snapshot_share(struct call *call, const char *id,
		    const struct image_sharing *sharing, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct snapshot snapshot;
	auto_tx tx = TX_INIT;
	bool public;

	if (!arena)
		return fail_memory(err);
	/* a scan takes its time, and no transaction: what a snapshot shows
	 * never changes */
	if (!check_share(call, id, sharing, arena, &snapshot, err) ||
	    !publishes(call, id, sharing, &public, err) ||
	    (public && !sharing->unscanned &&
	     !scan_check_snapshot(call, &snapshot, err)))
		return false;
	if (!tx_begin(&tx, db, err) ||
	    !check_share(call, id, sharing, arena, &snapshot, err) ||
	    !call_dry_run(call, err))
		return false;
	for (size_t i = 0; i < sharing->add_count; i++)
		if (!snapshot_permission_add(db, id, sharing->add[i], err))
			return false;
	for (size_t i = 0; i < sharing->remove_count; i++)
		if (!snapshot_permission_remove(db, id, sharing->remove[i],
						err))
			return false;
	return tx_commit(&tx, err);
}

bool snapshot_unshare(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;

	if (!arena)
		return fail_memory(err);
	return authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) &&
	       call_dry_run(call, err) &&
	       snapshot_permission_clear(call->store->db, id, err);
}

bool snapshot_ready(const struct snapshot *snapshot, struct error *err)
{
	if (strcmp(snapshot->state, "completed") == 0)
		return tier_check(snapshot, err);
	return fail(err, FAULT_INCORRECT_STATE,
		    "Snapshot is in invalid state - %s", snapshot->state);
}

bool snapshot_ready_below(const struct snapshot *snapshot, struct error *err)
{
	return snapshot->fills || snapshot_ready(snapshot, err);
}

bool snapshot_discard(struct call *call, const struct snapshot *snapshot,
		      struct error *err)
{
	bool kept;

	return recycle_snapshot(call, snapshot, &kept, err) &&
	       (kept || snapshot_drop(call, snapshot->id, err));
}

bool snapshot_drop(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_get_any(call->store->db, id, arena, &snapshot, &found,
			      err))
		return false;
	return !found ||
	       (tag_clear(call->store->db, id, err) &&
		tier_forget(call, id, err) && fast_forget(call, id, err) &&
		snapshot_delete(call->store->db, id, err) &&
		layers_release(call, snapshot.layer, err));
}
