/* snapshot.c - a snapshot in a reply */
#include "launcher/action/noun/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/registry/tier.h"
#include "images/space.h"
#include "launcher/action/noun/encryption.h"
#include "launcher/action/noun/tags.h"
#include "launcher/action/why.h"

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
		node_why(into, "StateMessage", "statusMessage",
			 snapshot->message);
	node_str(into, "VolumeId", "volumeId", snapshot->volume);
	node_int(into, "VolumeSize", "volumeSize", snapshot->size);
	if (strcmp(snapshot->owner, viewer) == 0 &&
	    !reply_tags(db, snapshot->id, form != SNAPSHOT_LISTED, into, err))
		return false;
	if (form != SNAPSHOT_INFO)
		node_str(into, "StorageTier", "storageTier", snapshot->tier);
	if (form == SNAPSHOT_LISTED && snapshot->expires)
		node_time(into, "RestoreExpiryTime", "restoreExpiryTime",
			  snapshot->expires);
	if (form == SNAPSHOT_LISTED && snapshot->completed)
		node_time(into, "CompletionTime", "completionTime",
			  snapshot->completed);
	return true;
}

/* What it showed when it was archived. */
static bool reply_archived_size(struct call *call, const char *id,
				struct node *into, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct archive_object object = { .full = 0 };
	struct snapshot_tier tier;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_tier_get(call->store->db, id, arena, &tier, &found,
			       err) ||
	    (found && tier.object &&
	     !archive_object_get(call->store->db, tier.object, arena, &object,
				 &found, err)))
		return false;
	if (found && tier.object)
		node_int(into, "FullSnapshotSizeInBytes",
			 "fullSnapshotSizeInBytes", object.full);
	return true;
}

bool reply_snapshot_size(struct call *call, const struct snapshot *snapshot,
			 struct node *into, struct error *err)
{
	struct error unknown = { 0 };
	uint64_t bytes;

	if (strcmp(snapshot->state, "completed") != 0)
		return true;
	if (!snapshot->layer)
		return reply_archived_size(call, snapshot->id, into, err);
	/* while it is listed somebody may delete it or move layers about, which
	 * the rows that are being read do not know of; and what is damaged is
	 * no reason to list nothing */
	if (!space_full(call, snapshot->layer, &bytes, &unknown)) {
		log_info("%s has no size: %s", snapshot->id, unknown.text);
		return true;
	}
	node_int(into, "FullSnapshotSizeInBytes", "fullSnapshotSizeInBytes",
		 (int64_t)bytes);
	return true;
}
