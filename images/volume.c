/* volume.c - the life of volumes */
#include "images/volume.h"

#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/registry/tag.h"

bool volume_write(struct call *call, const struct volume *volume,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct snapshot snapshot = { .layer = NULL };
	struct layer layer = {
		.name = volume->layer,
		.format = "qcow2",
		.size = volume->size * GIB,
		.state = "active",
	};
	bool found = true;

	if (!arena)
		return fail_memory(err);
	if (*volume->snapshot && !snapshot_get(db, volume->snapshot, arena,
					       &snapshot, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The snapshot '%s' does not exist.",
			    volume->snapshot);
	layer.parent = snapshot.layer;
	return layer_insert(db, &layer, err) && volume_insert(db, volume, err);
}

bool volume_make(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct layer_ref parent;
	struct layer layer, below;
	struct volume volume;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!volume_get(db, id, arena, &volume, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_VOLUME_NOT_FOUND,
			    "The volume '%s' does not exist.", id);
	if (!layer_get(db, volume.layer, arena, &layer, err))
		return false;
	if (layer_exists(call->store->chain, layer.name))
		return true;
	if (layer.parent) {
		if (!layer_get(db, layer.parent, arena, &below, err))
			return false;
		parent.name = below.name;
		parent.format = below.format[0] == 'r' ? LAYER_RAW :
							 LAYER_QCOW2;
	}
	return layer_create(call->store->chain, layer.name,
			    layer.parent ? &parent : NULL,
			    (uint64_t)layer.size, err);
}

bool volume_drop(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct volume volume;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!volume_get(db, id, arena, &volume, &found, err))
		return false;
	return !found || (tag_clear(db, id, err) &&
			  attachment_delete(db, id, err) &&
			  volume_delete(db, id, err) &&
			  layers_release(call, volume.layer, err));
}
