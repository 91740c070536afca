/* snapshot.c - a snapshot in a reply */
#include "launcher/action/noun/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "images/space.h"
#include "launcher/action/noun/encryption.h"
#include "launcher/action/noun/tags.h"

bool reply_snapshot(struct call *call, const struct snapshot *snapshot,
		    enum snapshot_form form, struct node *into,
		    struct error *err)
{
	struct db *db = call->store->db;
	const char *viewer = call->account;
	bool completed = strcmp(snapshot->state, "completed") == 0;
	char progress[16];

	node_str(into, "Description", "description", snapshot->description);
	if (!reply_encryption(call, snapshot->kms_key, snapshot->kms_owner,
			      into, err))
		return false;
	node_str(into, "OwnerId", "ownerId", snapshot->owner);
	snprintf(progress, sizeof(progress), "%d%%",
		 completed ? 100 : (int)snapshot->progress);
	node_str(into, "Progress", "progress", progress);
	node_str(into, "SnapshotId", "snapshotId", snapshot->id);
	node_time(into, "StartTime", "startTime", snapshot->created);
	node_str(into, "State", form == SNAPSHOT_INFO ? "state" : "status",
		 snapshot->state);
	if (form != SNAPSHOT_INFO && snapshot->message)
		node_str(into, "StateMessage", "statusMessage",
			 snapshot->message);
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
