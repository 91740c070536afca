/* snapshot.c - the life of snapshots */
#include "images/snapshot.h"

#include "images/layers.h"
#include "images/registry/tag.h"

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
