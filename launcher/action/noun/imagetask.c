/* imagetask.c - tasks that import and export images, in a reply
 *
 * EC2 knows no failed ones: they are deleted, and their message says why.
 */
#include "launcher/action/noun/imagetask.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "images/base/arena.h"
#include "images/member.h"
#include "images/registry/image.h"

#include "launcher/action/noun/tags.h"
#include "launcher/action/why.h"

static const char *state(const struct image_task *task)
{
	return strcmp(task->state, "failed") == 0 ? "deleted" : task->state;
}

static void reply_progress(const struct image_task *task, struct node *into)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, task->progress);
	if (strcmp(task->state, "active") == 0)
		node_str(into, "Progress", "progress", text);
}

static void reply_state(const struct image_task *task, struct node *into)
{
	char text[400];

	node_str(into, "Status", "status", state(task));
	if (!task->code)
		return;
	snprintf(text, sizeof(text), "%s: %s", task->code, task->message);
	node_why(into, "StatusMessage", "statusMessage", text);
}

bool reply_export_task(struct db *db, const struct image_task *task,
		       struct node *into, struct error *err)
{
	json_t *request = json_loads(task->request, 0, NULL);
	struct node *place;

	if (!request)
		return fail_memory(err);
	node_str(into, "Description", "description",
		 arg_str(request, "description", NULL));
	node_str(into, "ExportImageTaskId", "exportImageTaskId", task->id);
	node_str(into, "ImageId", "imageId", task->image);
	reply_progress(task, into);
	place = node_struct(into, "S3ExportLocation", "s3ExportLocation");
	node_str(place, "S3Bucket", "s3Bucket", task->bucket);
	node_str(place, "S3Prefix", "s3Prefix",
		 arg_str(request, "prefix", NULL));
	reply_state(task, into);
	json_decref(request);
	return reply_tags(db, task->id, false, into, err);
}

/* The snapshot that the image stands on, when that has come to be. */
static bool reply_disk(struct db *db, const struct image_task *task,
		       const json_t *request, struct node *into,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *format = arg_str(request, "format", NULL);
	const struct mapping *mappings = NULL;
	size_t count = 0;
	struct node *disk, *place;

	if (!arena)
		return fail_memory(err);
	if (task->image &&
	    !image_mappings(db, task->image, arena, &mappings, &count, err))
		return false;
	disk = node_item(
		node_list(into, "SnapshotDetails", "snapshotDetailSet"));
	node_str(disk, "Description", "description",
		 arg_str(request, "disk", NULL));
	if (count) {
		node_str(disk, "DeviceName", "deviceName", mappings[0].device);
		node_double(disk, "DiskImageSize", "diskImageSize",
			    (double)mappings[0].size);
	}
	node_str(disk, "Format", "format",
		 !format		      ? NULL :
		 strcmp(format, "vmdk") == 0  ? "VMDK" :
		 strcmp(format, "vhd") == 0   ? "VHD" :
		 strcmp(format, "qcow2") == 0 ? "QCOW2" :
						"RAW");
	node_str(disk, "SnapshotId", "snapshotId",
		 count ? mappings[0].snapshot : NULL);
	node_str(disk, "Status", "status", state(task));
	place = node_struct(disk, "UserBucket", "userBucket");
	node_str(place, "S3Bucket", "s3Bucket", task->bucket);
	node_str(place, "S3Key", "s3Key", task->key);
	return true;
}

bool reply_import_image_task(struct db *db, const struct image_task *task,
			     struct node *into, struct error *err)
{
	json_t *request = json_loads(task->request, 0, NULL);
	bool ok;

	if (!request)
		return fail_memory(err);
	node_str(into, "Architecture", "architecture",
		 arg_str(request, "architecture", NULL));
	node_str(into, "Description", "description",
		 arg_str(request, "description", NULL));
	node_bool(into, "Encrypted", "encrypted",
		  arg_str(request, "kms-key", NULL));
	node_str(into, "ImageId", "imageId", task->image);
	node_str(into, "ImportTaskId", "importTaskId", task->id);
	node_str(into, "KmsKeyId", "kmsKeyId",
		 arg_str(request, "kms-key", NULL));
	node_str(into, "LicenseType", "licenseType",
		 arg_str(request, "license", NULL));
	node_str(into, "Platform", "platform", "Linux");
	reply_progress(task, into);
	ok = reply_disk(db, task, request, into, err);
	reply_state(task, into);
	json_decref(request);
	return ok && reply_tags(db, task->id, false, into, err);
}
