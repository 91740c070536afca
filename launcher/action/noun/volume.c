/* volume.c - a volume in a reply */
#include "launcher/action/noun/volume.h"

#include "images/store.h"
#include "launcher/action/noun/encryption.h"
#include "launcher/action/noun/tags.h"

void reply_attachment(const struct attachment *attachment, struct node *into)
{
	node_time(into, "AttachTime", "attachTime", attachment->attached);
	node_str(into, "Device", "device", attachment->device);
	node_str(into, "InstanceId", "instanceId", attachment->instance);
	node_str(into, "State", "status", attachment->state);
	node_str(into, "VolumeId", "volumeId", attachment->volume);
	node_bool(into, "DeleteOnTermination", "deleteOnTermination",
		  attachment->delete_on_termination);
}

static bool reply_attachments(struct db *db, const char *volume,
			      struct node *into, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct attachment *all;
	struct node *list;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!attachment_of(db, NULL, volume, arena, &all, &count, err))
		return false;
	list = node_list(into, "Attachments", "attachmentSet");
	for (size_t i = 0; i < count; i++)
		reply_attachment(&all[i], node_item(list));
	return true;
}

bool reply_volume(struct call *call, const struct volume *volume,
		  struct node *into, struct error *err)
{
	struct db *db = call->store->db;

	if (!reply_attachments(db, volume->id, into, err) ||
	    !reply_encryption(call, volume->kms_key, volume->kms_owner, into,
			      err))
		return false;
	node_str(into, "AvailabilityZone", "availabilityZone", volume->zone);
	node_time(into, "CreateTime", "createTime", volume->created);
	node_int(into, "Size", "size", volume->size);
	node_str(into, "SnapshotId", "snapshotId", volume->snapshot);
	node_str(into, "State", "status", volume->state);
	node_str(into, "VolumeId", "volumeId", volume->id);
	if (volume->iops)
		node_int(into, "Iops", "iops", volume->iops);
	if (!reply_tags(db, volume->id, false, into, err))
		return false;
	node_str(into, "VolumeType", "volumeType", volume->type);
	if (volume->fast_restored)
		node_bool(into, "FastRestored", "fastRestored", true);
	node_bool(into, "MultiAttachEnabled", "multiAttachEnabled", false);
	if (volume->throughput)
		node_int(into, "Throughput", "throughput", volume->throughput);
	if (volume->initialization_rate)
		node_int(into, "VolumeInitializationRate",
			 "volumeInitializationRate",
			 volume->initialization_rate);
	return true;
}
