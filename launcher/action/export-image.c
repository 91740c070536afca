/* export-image.c - the disk of an image becomes a file in a bucket */
#include "images/imagetask.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/imagetask.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const json_t *place = args_get(args, "S3ExportLocation");
	struct export_request request = {
		.image = args_str(args, "ImageId", ""),
		.format = args_str(args, "DiskImageFormat", ""),
		.bucket = arg_str(place, "S3Bucket", ""),
		.prefix = arg_str(place, "S3Prefix", NULL),
		.description = args_str(args, "Description", NULL),
		.role = args_str(args, "RoleName", NULL),
	};
	struct image_task task;
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!args_tags(args_get(args, "TagSpecifications"), "export-image-task",
		       "export-image-task", arena, &request.tags,
		       &request.tag_count, err) ||
	    !exporttask_begin(call, &request, id, err) ||
	    !imagetask_get(call, "export", id, arena, &task, err))
		return false;
	node_str(reply->root, "DiskImageFormat", "diskImageFormat",
		 request.format);
	node_str(reply->root, "RoleName", "roleName", request.role);
	return reply_export_task(call->store->db, &task, reply->root, err) &&
	       job_spawn(call, err);
}

static const struct param params_place[] = {
	{ "S3Bucket", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "where the file goes, made if there is none; s3://… on a server" },
	{ "S3Prefix", PARAM_STRING, 0, NULL, "what its key begins with" },
	{ 0 },
};

const struct action action_export_image = {
	.name = "ExportImage",
	.brief = "write the disk of an image as a file into a bucket",
	.about = "Converts the disk of an image of the caller's, which has "
		 "one, to a VMDK (streamOptimized), a VHD (dynamic), a raw or "
		 "a qcow2 file, <prefix><task's id>.<format>. One that boots a "
		 "kernel of its own (--kernel-id) is not exported, which would "
		 "not boot elsewhere; on an S3 server a file has at most 5 "
		 "GiB. The work is done in the background: "
		 "describe-export-image-tasks tells how far it is.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED | PARAM_NAMED, "ami",
		  "the image" },
		{ "DiskImageFormat", PARAM_STRING,
		  PARAM_REQUIRED | PARAM_LOOSE, "VMDK|RAW|VHD|QCOW2",
		  "what it becomes" },
		{ "S3ExportLocation", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "S3Bucket=…,S3Prefix=…", NULL, params_place },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ "RoleName", PARAM_STRING, 0, NULL,
		  "accepted: the bucket is reached as the caller reaches it" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_AUTH_FAILURE, FAULT_UNSUPPORTED, FAULT_BUCKET_EXISTS,
		FAULT_IDEMPOTENT_MISMATCH, FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami export-image --disk-image-format VMDK "
		   "--s3-export-location S3Bucket=images,S3Prefix=web/ "
		   "--image-id ami-0123456789abcdef0",
	.run = run,
};
