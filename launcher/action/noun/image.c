/* image.c - an image in a reply */
#include "launcher/action/noun/image.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/imagetask.h"
#include "launcher/action/noun/tags.h"
#include "launcher/action/why.h"

static void reply_ebs(const struct mapping *mapping, struct node *item)
{
	struct node *ebs = node_struct(item, "Ebs", "ebs");

	node_bool(ebs, "DeleteOnTermination", "deleteOnTermination",
		  mapping->delete_on_termination > 0);
	if (mapping->iops)
		node_int(ebs, "Iops", "iops", mapping->iops);
	node_str(ebs, "SnapshotId", "snapshotId", mapping->snapshot);
	node_int(ebs, "VolumeSize", "volumeSize", mapping->size);
	node_str(ebs, "VolumeType", "volumeType", mapping->type);
	if (mapping->throughput)
		node_int(ebs, "Throughput", "throughput", mapping->throughput);
	node_bool(ebs, "Encrypted", "encrypted", mapping->sealed);
}

bool reply_image_mapping(struct db *db, const char *image, struct node *into,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct mapping *mappings;
	struct node *list;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!image_mappings(db, image, arena, &mappings, &count, err))
		return false;
	list = node_list(into, "BlockDeviceMappings", "blockDeviceMapping");
	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);

		node_str(item, "DeviceName", "deviceName", mappings[i].device);
		node_str(item, "VirtualName", "virtualName",
			 mappings[i].virtual_name);
		if (mappings[i].no_device)
			node_str(item, "NoDevice", "noDevice", "");
		else if (!mappings[i].virtual_name)
			reply_ebs(&mappings[i], item);
	}
	return true;
}

void reply_protection(const struct image *image, usec_t now,
		      char ret_text[PROTECTION_SIZE])
{
	char until[TIME_SIZE];

	if (image->protected_until > now) {
		time_format(image->protected_until, until);
		snprintf(ret_text, PROTECTION_SIZE, "disabled after %s", until);
	} else {
		snprintf(ret_text, PROTECTION_SIZE, "%s", image->protection);
	}
}

/* What has become of it since it was made; how it is protected and used is its
 * owner's to know. */
static void reply_life(const struct image *image, bool own, usec_t now,
		       struct node *into)
{
	char text[PROTECTION_SIZE];

	node_str(into, "SourceInstanceId", "sourceInstanceId",
		 image->source_instance);
	if (own) {
		reply_protection(image, now, text);
		node_str(into, "DeregistrationProtection",
			 "deregistrationProtection", text);
	}
	if (own && image->launched) {
		time_format(image->launched, text);
		node_str(into, "LastLaunchedTime", "lastLaunchedTime", text);
	}
	node_str(into, "SourceImageId", "sourceImageId", image->source_image);
	node_str(into, "SourceImageRegion", "sourceImageRegion",
		 image->source_region);
}

/* Why there is no disk in it: what it was to be made of was no image. */
static bool reply_reason(struct db *db, const struct image *image,
			 struct node *into, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct image_task task;
	struct node *reason;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!image_task_of(db, "restore", image->id, arena, &task, &found, err))
		return false;
	if (!found || !task.code)
		return true;
	reason = node_struct(into, "StateReason", "stateReason");
	node_str(reason, "Code", "code", task.code);
	node_why(reason, "Message", "message", task.message);
	return true;
}

bool reply_image(const struct call *call, const struct image *image,
		 struct node *into, struct error *err)
{
	bool machine = strcmp(image->kind, "machine") == 0;
	bool own = strcmp(image->owner, call->account) == 0;
	struct db *db = call->store->db;
	char created[TIME_SIZE], deprecated[TIME_SIZE];

	time_format(image->created, created);
	time_format(image->deprecated, deprecated);
	node_str(into, "Architecture", "architecture", image->architecture);
	node_str(into, "CreationDate", "creationDate", created);
	node_str(into, "ImageId", "imageId", image->id);
	node_str(into, "ImageLocation", "imageLocation", image->location);
	node_str(into, "ImageType", "imageType", image->kind);
	node_bool(into, "Public", "isPublic", image->is_public);
	node_str(into, "KernelId", "kernelId", image->kernel);
	node_str(into, "OwnerId", "imageOwnerId", image->owner);
	node_str(into, "PlatformDetails", "platformDetails", "Linux/UNIX");
	node_str(into, "UsageOperation", "usageOperation", "RunInstances");
	node_str(into, "RamdiskId", "ramdiskId", image->ramdisk);
	node_str(into, "State", "imageState", image->state);
	if (machine && !reply_image_mapping(db, image->id, into, err))
		return false;
	node_str(into, "Description", "description", image->description);
	node_bool(into, "EnaSupport", "enaSupport", image->ena);
	node_str(into, "Hypervisor", "hypervisor", "kvm");
	node_str(into, "Name", "name", image->name);
	node_str(into, "RootDeviceName", "rootDeviceName",
		 image->root_device_name);
	node_str(into, "RootDeviceType", "rootDeviceType",
		 image->root_device_type);
	if (own && strcmp(image->state, "failed") == 0 &&
	    !reply_reason(db, image, into, err))
		return false;
	if (own && !reply_tags(db, image->id, false, into, err))
		return false;
	node_str(into, "VirtualizationType", "virtualizationType", "hvm");
	node_str(into, "BootMode", "bootMode", image->boot_mode);
	node_str(into, "DeprecationTime", "deprecationTime",
		 image->deprecated ? deprecated : NULL);
	node_str(into, "ImdsSupport", "imdsSupport", image->imds_support);
	reply_life(image, own, call->now, into);
	return true;
}
