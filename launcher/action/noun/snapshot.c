/* snapshot.c - a snapshot in a reply */
#include "launcher/action/noun/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/region.h"
#include "images/space.h"
#include "launcher/action/noun/tags.h"

/* How far a snapshot is; only those that come from another region know. */
static bool add_progress(struct db *db, const struct snapshot *snapshot,
			 struct node *into, struct error *err)
{
	bool completed = strcmp(snapshot->state, "completed") == 0;
	bool found = false;
	struct region_copy copy;
	char text[8] = "0%";

	if (strcmp(snapshot->state, "pending") == 0 &&
	    !region_copy_get(db, snapshot->id, into->reply->arena, &copy,
			     &found, err))
		return false;
	if (found)
		snprintf(text, sizeof(text), "%d%%", (int)copy.progress % 100);
	node_str(into, "Progress", "progress", completed ? "100%" : text);
	return true;
}

bool reply_snapshot(struct db *db, const struct snapshot *snapshot,
		    enum snapshot_form form, const char *viewer,
		    struct node *into, struct error *err)
{
	node_str(into, "Description", "description", snapshot->description);
	node_bool(into, "Encrypted", "encrypted", false);
	node_str(into, "OwnerId", "ownerId", snapshot->owner);
	if (!add_progress(db, snapshot, into, err))
		return false;
	node_str(into, "SnapshotId", "snapshotId", snapshot->id);
	node_time(into, "StartTime", "startTime", snapshot->created);
	node_str(into, "State", form == SNAPSHOT_INFO ? "state" : "status",
		 snapshot->state);
	node_str(into, "VolumeId", "volumeId", snapshot->volume);
	node_int(into, "VolumeSize", "volumeSize", snapshot->size);
	if (strcmp(snapshot->owner, viewer) == 0 &&
	    !reply_tags(db, snapshot->id, form != SNAPSHOT_LISTED, into, err))
		return false;
	if (form != SNAPSHOT_INFO)
		node_str(into, "StorageTier", "storageTier", "standard");
	if (form == SNAPSHOT_LISTED && snapshot->completed)
		node_time(into, "CompletionTime", "completionTime",
			  snapshot->completed);
	return true;
}

bool reply_snapshot_size(struct call *call, const struct snapshot *snapshot,
			 struct node *into, struct error *err)
{
	struct error gone = { 0 };
	struct layer_file file;
	uint64_t bytes;
	bool found;

	if (strcmp(snapshot->state, "completed") != 0)
		return true;
	if (!space_full(call, snapshot->layer, &bytes, err)) {
		/* deleted by somebody while it is listed: it has no size */
		if (!chain_file(call->store->chain, snapshot->layer, &file,
				&found, &gone) ||
		    found)
			return false;
		error_clear(err);
		return true;
	}
	node_int(into, "FullSnapshotSizeInBytes", "fullSnapshotSizeInBytes",
		 (int64_t)bytes);
	return true;
}
