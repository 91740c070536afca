/* volume.c - a volume in a reply */
#include "launcher/action/noun/volume.h"

#include "launcher/action/noun/tags.h"

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
	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);

		node_time(item, "AttachTime", "attachTime", all[i].attached);
		node_str(item, "Device", "device", all[i].device);
		node_str(item, "InstanceId", "instanceId", all[i].instance);
		node_str(item, "State", "status", all[i].state);
		node_str(item, "VolumeId", "volumeId", volume);
		node_bool(item, "DeleteOnTermination", "deleteOnTermination",
			  all[i].delete_on_termination);
	}
	return true;
}

bool reply_volume(struct db *db, const struct volume *volume,
		  struct node *into, struct error *err)
{
	if (!reply_attachments(db, volume->id, into, err))
		return false;
	node_str(into, "AvailabilityZone", "availabilityZone", volume->zone);
	node_time(into, "CreateTime", "createTime", volume->created);
	node_bool(into, "Encrypted", "encrypted", false);
	node_int(into, "Size", "size", volume->size);
	node_str(into, "SnapshotId", "snapshotId", volume->snapshot);
	node_str(into, "State", "status", volume->state);
	node_str(into, "VolumeId", "volumeId", volume->id);
	if (volume->iops)
		node_int(into, "Iops", "iops", volume->iops);
	if (!reply_tags(db, volume->id, false, into, err))
		return false;
	node_str(into, "VolumeType", "volumeType", volume->type);
	node_bool(into, "MultiAttachEnabled", "multiAttachEnabled", false);
	if (volume->throughput)
		node_int(into, "Throughput", "throughput",
			 volume->throughput);
	if (volume->initialization_rate)
		node_int(into, "VolumeInitializationRate",
			 "volumeInitializationRate",
			 volume->initialization_rate);
	return true;
}
