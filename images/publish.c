/* publish.c - putting snapshots and images into a region of objects
 *
 * The record of each is written by depot_item_put() when all that it names is
 * there; until then nothing was changed that anybody sees, here or there.
 */
#include <stdio.h>
#include <string.h>

#include "images/authorise.h"
#include "images/encrypt.h"
#include "images/fill.h"
#include "images/publicaccess.h"
#include "images/publish-private.h"
#include "images/region.h"
#include "images/registry/layer.h"
#include "images/registry/regiondepot.h"
#include "images/snapshot.h"
#include "images/tags.h"

static bool open_region(struct call *call, const char *region,
			struct depot_place **ret_place, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct region row;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!depot_place_open(call, region, ret_place, err) ||
	    (!*ret_place &&
	     !region_get(call->store->db, region, arena, &row, &found, err)))
		return false;
	if (*ret_place)
		return true;
	if (!found)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Invalid region name: %.64s. Regions are named by "
			    "'qami region add'",
			    region);
	return fail(err, FAULT_INVALID_PARAMETER,
		    "The region %s is a store, not a bucket: it is there that "
		    "things are copied, by its own copy-image and "
		    "copy-snapshot",
		    region);
}

/* Accounts, gathered from rows. */
struct grantees {
	struct arena *arena;
	const char **all;
	size_t count;
	bool no_public;
	bool failed;
};

static void add_grantee(void *data, const char *grantee)
{
	struct grantees *to = data;

	if (to->failed || (to->no_public && strcmp(grantee, "all") == 0))
		return;
	to->all = arena_more(to->arena, to->all, to->count, sizeof(*to->all));
	if (to->all)
		to->all[to->count] = arena_str(to->arena, grantee);
	to->failed = !to->all || !to->all[to->count++];
}

/* Who may copy it. */
static bool read_shared(struct publishing *publishing, const char *id,
			struct depot_item *item, struct error *err)
{
	struct db *db = publishing->call->store->db;
	struct grantees to = { .arena = publishing->arena };
	const char *state;

	if (!public_access_get(publishing->call,
			       item->is_image ? "image" : "snapshot",
			       publishing->arena, &state, err))
		return false;
	to.no_public = strcmp(state, "block-all-sharing") == 0;
	if (!(item->is_image ?
		      launch_permission_each(db, id, add_grantee, &to, err) :
		      snapshot_permission_each(db, id, add_grantee, &to, err)))
		return false;
	item->shared = to.all;
	item->shared_count = to.count;
	return !to.failed || fail_memory(err);
}

/* An item that is about to be published. */
static bool begin_item(struct publishing *publishing, const char *id,
		       struct depot_item *item, struct error *err)
{
	char there[ID_SIZE];

	depot_id(publishing->depot, id, there);
	item->id = arena_str(publishing->arena, there);
	item->source = id;
	item->region = publishing->call->store->region;
	item->published = publishing->call->now;
	return item->id || fail_memory(err);
}

/* What it was made on, as far as that is there. */
static bool read_lineage(struct publishing *publishing, struct depot_item *item,
			 struct error *err)
{
	struct call *call = publishing->call;
	struct arena *arena = publishing->arena;
	const char **lineage =
		arena_alloc(arena, DEPOT_LINEAGE_MOST * sizeof(*lineage));
	const struct layer *layers;
	size_t count;

	if (!lineage)
		return fail_memory(err);
	if (!layer_chain(call->store->db, item->snapshot.layer, arena, &layers,
			 &count, err))
		return false;
	item->lineage = lineage;
	for (size_t i = 1;
	     i < count && item->lineage_count < DEPOT_LINEAGE_MOST; i++) {
		const char *content;

		if (!region_content_of(call->store->db,
				       depot_place_region(publishing->place),
				       layers[i].name, arena, &content, err))
			return false;
		if (content)
			lineage[item->lineage_count++] = content;
	}
	return true;
}

/* Publishes a snapshot; its id there is in the arena. */
static bool publish_snapshot(struct publishing *publishing, const char *id,
			     const char **ret_id, struct error *err)
{
	struct call *call = publishing->call;
	struct arena *arena = publishing->arena;
	struct depot_item item = { .is_image = false };
	auto_of(far) far = NULL;
	auto_of(far_disk) source = NULL;

	if (!authorise_snapshot(call, RIGHT_OWN, id, arena, &item.snapshot,
				err) ||
	    !snapshot_ready(&item.snapshot, err) ||
	    !encrypt_may_open(call, item.snapshot.layer, err) ||
	    !fill_check(call, item.snapshot.layer,
			"The snapshot cannot be published now", err) ||
	    !begin_item(publishing, id, &item, err) ||
	    !read_lineage(publishing, &item, err) ||
	    (!item.snapshot.kms_key &&
	     !read_shared(publishing, id, &item, err)) ||
	    !far_dir_open(call, call->store->path, &far, err) ||
	    !far->ops->open(far, id, item.snapshot.layer, &source, err))
		return false;
	if (!source)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The snapshot '%s' does not exist.", id);
	item.description = item.snapshot.description;
	*ret_id = item.id;
	return publish_disk(publishing, source, &item, err) &&
	       depot_item_put(call, publishing->place, &publishing->mark, &item,
			      err) &&
	       region_published_note(call->store->db,
				     depot_place_region(publishing->place),
				     item.snapshot.layer, id, err);
}

static bool check_image(const struct image *image, struct error *err)
{
	if (strcmp(image->state, "available") != 0)
		return fail(err, FAULT_IMAGE_UNAVAILABLE,
			    "The image ID '%s' is not available", image->id);
	return (strcmp(image->kind, "machine") == 0 &&
		strcmp(image->root_device_type, "ebs") == 0 && !image->kernel &&
		!image->ramdisk) ||
	       fail(err, FAULT_UNSUPPORTED,
		    "The image '%s' does not stand on snapshots alone: such a "
		    "one cannot be published",
		    image->id);
}

/* Publishes the snapshots of a mapping, which then has their ids there. */
static bool publish_mappings(struct publishing *publishing,
			     const struct mapping *old, size_t count,
			     struct mapping *mappings, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *snapshot = old[i].snapshot;
		size_t same = 0;

		mappings[i] = old[i];
		if (!snapshot)
			continue;
		while (same < i && (!old[same].snapshot ||
				    strcmp(old[same].snapshot, snapshot) != 0))
			same++;
		if (same < i)
			mappings[i].snapshot = mappings[same].snapshot;
		else if (!publish_snapshot(publishing, snapshot,
					   &mappings[i].snapshot, err))
			return false;
	}
	return true;
}

static bool publish_image(struct publishing *publishing, const char *id,
			  const char **ret_id, struct error *err)
{
	struct call *call = publishing->call;
	struct arena *arena = publishing->arena;
	struct depot_item item = { .is_image = true };
	struct far_image *image = &item.image;
	const struct mapping *old;
	struct mapping *mappings;

	if (!image_own(call, id, arena, &image->image, err) ||
	    !check_image(&image->image, err) ||
	    !begin_item(publishing, id, &item, err) ||
	    !read_shared(publishing, id, &item, err) ||
	    !tags_read(call, id, arena, &image->tags, &image->tag_count, err) ||
	    !image_mappings(call->store->db, id, arena, &old,
			    &image->mapping_count, err))
		return false;
	mappings = arena_alloc(arena,
			       (image->mapping_count + 1) * sizeof(*mappings));
	if (!mappings)
		return fail_memory(err);
	if (!publish_mappings(publishing, old, image->mapping_count, mappings,
			      err))
		return false;
	image->mappings = mappings;
	image->image.id = item.id;
	item.description = image->image.description;
	*ret_id = item.id;
	return depot_item_put(call, publishing->place, &publishing->mark, &item,
			      err);
}

static bool publish(struct publishing *publishing, const char *id,
		    char ret_id[ID_SIZE], struct error *err)
{
	const char *there = "";
	bool done;

	if (!depot_blocks(publishing->depot, &publishing->there, err))
		return false;
	done = id_valid(id, "ami") ?
		       publish_image(publishing, id, &there, err) :
		       publish_snapshot(publishing, id, &there, err);
	if (done)
		snprintf(ret_id, ID_SIZE, "%s", there);
	depot_set_free(publishing->there);
	return done;
}

bool region_publish(struct call *call, const char *region, const char *id,
		    char ret_id[ID_SIZE], struct publish_told *ret_told,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(depot_place) place = NULL;
	struct publishing publishing = { .call = call,
					 .arena = arena,
					 .told = ret_told };
	struct error late = { 0 };
	bool done;

	*ret_told = (struct publish_told){ 0 };
	if (!arena)
		return fail_memory(err);
	if (!open_region(call, region, &place, err))
		return false;
	publishing.place = place;
	publishing.depot = depot_place_depot(place);
	if (!depot_publish_begin(publishing.depot, clock_wall(),
				 &publishing.mark, err))
		return false;
	done = publish(&publishing, id, ret_id, err);
	/* one that stays holds up nobody for longer than a day */
	(void)!depot_publish_end(publishing.depot, &publishing.mark, &late);
	return done;
}

/* Contents on their way to somebody who may see them. */
struct showing {
	const char *account;
	bool (*each)(void *data, const struct depot_item *item,
		     struct error *err);
	bool (*bad)(void *data, const char *id, const char *why);
	void *data;
};

static bool show_item(void *data, const struct depot_item *item,
		      struct error *err)
{
	const struct showing *showing = data;

	return !depot_item_visible(item, showing->account) ||
	       showing->each(showing->data, item, err);
}

static bool show_bad(void *data, const char *id, const char *why)
{
	const struct showing *showing = data;

	return showing->bad(showing->data, id, why);
}

bool region_contents(struct call *call, const char *region,
		     bool (*each)(void *data, const struct depot_item *item,
				  struct error *err),
		     bool (*bad)(void *data, const char *id, const char *why),
		     void *data, struct error *err)
{
	auto_of(depot_place) place = NULL;
	struct showing showing = { call->account, each, bad, data };

	return open_region(call, region, &place, err) &&
	       depot_items(call, place, show_item, show_bad, &showing, err);
}

static bool find_user(void *data, const struct depot_item *item,
		      struct error *err)
{
	const char *snapshot = data;

	for (size_t i = 0; item->is_image && i < item->image.mapping_count; i++)
		if (item->image.mappings[i].snapshot &&
		    strcmp(item->image.mappings[i].snapshot, snapshot) == 0)
			return fail(err, FAULT_SNAPSHOT_IN_USE,
				    "The snapshot %s is currently in use by "
				    "%s, in that region",
				    snapshot, item->id);
	return true;
}

/* An image that is damaged may stand on it. */
static bool be_careful(void *data, const char *id, const char *why)
{
	(void)data;
	(void)why;
	return !id_valid(id, "ami");
}

/* Whether the caller may take it away now. */
static bool check_withdraw(struct call *call, struct depot_place *place,
			   const struct depot_item *item, struct error *err)
{
	char id[ID_SIZE];

	snprintf(id, sizeof(id), "%s", item->id);
	if (!depot_item_visible(item, call->account))
		return fail(err,
			    item->is_image ? FAULT_IMAGE_NOT_FOUND :
					     FAULT_SNAPSHOT_NOT_FOUND,
			    "There is no %s in that region", id);
	if (strcmp(depot_item_owner(item), call->account) != 0)
		return fail(err, FAULT_AUTH_FAILURE,
			    "%s belongs to another account", id);
	return item->is_image ||
	       depot_items(call, place, find_user, be_careful, id, err);
}

bool region_withdraw(struct call *call, const char *region, const char *id,
		     bool force, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(depot_place) place = NULL;
	bool image = id_valid(id, "ami");
	struct depot_item item;

	if (!arena)
		return fail_memory(err);
	if (!open_region(call, region, &place, err))
		return false;
	if (depot_item_get(call, place, id, arena, &item, err))
		return (force || check_withdraw(call, place, &item, err)) &&
		       depot_item_remove(call, place, &item, err);
	if (err->fault == FAULT_KEY_NOT_FOUND) {
		error_clear(err);
		return fail(err,
			    image ? FAULT_IMAGE_NOT_FOUND :
				    FAULT_SNAPSHOT_NOT_FOUND,
			    "There is no %.31s in that region", id);
	}
	if (!force || err->fault == FAULT_UNAVAILABLE)
		return false;
	error_clear(err);
	return depot_remove_record(depot_place_depot(place), id, err);
}

bool region_collect(struct call *call, const char *region, usec_t lasts,
		    struct depot_collected *ret_collected, struct error *err)
{
	auto_of(depot_place) place = NULL;

	return open_region(call, region, &place, err) &&
	       depot_collect(depot_place_depot(place), clock_wall(), lasts,
			     ret_collected, err);
}
