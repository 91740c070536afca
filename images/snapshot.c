/* snapshot.c - the life of snapshots
 *
 * What is asked for is checked here; freeze.c does it.
 */
#include "images/snapshot.h"

#include <string.h>

#include "images/encrypt.h"
#include "images/freeze.h"
#include "images/layers.h"
#include "images/publicaccess.h"
#include "images/registry/tag.h"
#include "images/tags.h"

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

/* Refuses while an image stands on it; one that the caller may not see is not
 * named. */
static bool check_unused(struct call *call, const char *id, struct arena *arena,
			 struct error *err)
{
	const char *image = NULL;
	bool known;

	if (!snapshot_user(call->store->db, id, arena, &image, err))
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

bool snapshot_erase(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) ||
	    !check_unused(call, id, arena, err) || !call_dry_run(call, err))
		return false;
	if (!(strcmp(snapshot.state, "pending") == 0 ?
		      snapshot_set_deleting(call->store->db, id, err) :
		      snapshot_drop(call, id, err)))
		return false;
	return tx_commit(&tx, err) && layers_reap(call, err);
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
	if (found && snapshot.deleting)
		return snapshot_drop(call, id, err);
	return !found || snapshot_set_state(call->store->db, id, "completed",
					    call->now, err);
}

bool snapshot_share(struct call *call, const char *id, const char *const *add,
		    size_t add_count, const char *const *remove,
		    size_t remove_count, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct snapshot snapshot;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) ||
	    !encrypt_check_share(call, snapshot.kms_key, add, add_count, err) ||
	    !public_access_check(call, "snapshot", add, add_count, err) ||
	    !call_dry_run(call, err))
		return false;
	for (size_t i = 0; i < add_count; i++)
		if (!snapshot_permission_add(db, id, add[i], err))
			return false;
	for (size_t i = 0; i < remove_count; i++)
		if (!snapshot_permission_remove(db, id, remove[i], err))
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
		return true;
	return fail(err, FAULT_INCORRECT_STATE,
		    "Snapshot is in invalid state - %s", snapshot->state);
}

bool snapshot_drop(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_get(call->store->db, id, arena, &snapshot, &found, err))
		return false;
	return !found || (tag_clear(call->store->db, id, err) &&
			  snapshot_delete(call->store->db, id, err) &&
			  layers_release(call, snapshot.layer, err));
}
