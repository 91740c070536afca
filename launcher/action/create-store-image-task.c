/* create-store-image-task.c - an image becomes an object of a bucket */
#include "images/imagetask.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct store_request request = {
		.image = args_str(args, "ImageId", ""),
		.bucket = args_str(args, "Bucket", ""),
	};
	char key[ID_SIZE + 4];

	if (!arena)
		return fail_memory(err);
	if (!args_pairs(args_get(args, "S3ObjectTags"), arena, &request.tags,
			&request.tag_count, err) ||
	    !storetask_begin(call, &request, key, err))
		return false;
	node_str(reply->root, "ObjectKey", "objectKey", key);
	return job_spawn(call, err);
}

const struct action action_create_store_image_task = {
	.name = "CreateStoreImageTask",
	.brief = "store an image as one object of a bucket",
	.about = "Packs an image of the caller's with its snapshots, tags and "
		 "all that it says of itself into the object <image's id>.bin, "
		 "from which create-restore-image-task makes an image again, "
		 "here or in a store that shares nothing with this one. Only "
		 "an image on snapshots can be stored. The work is done in the "
		 "background: describe-store-image-tasks tells how far it is.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED | PARAM_NAMED, "ami",
		  "the image" },
		{ "Bucket", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "where it is stored, made if there is none; s3://… on a "
		  "server" },
		{ "S3ObjectTags", PARAM_STRUCT, PARAM_LIST, NULL,
		  "of the object, at most 10: Key=…,Value=…", "S3ObjectTag",
		  params_tag },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_AUTH_FAILURE, FAULT_UNSUPPORTED, FAULT_BUCKET_EXISTS,
		FAULT_BUCKET_NOT_FOUND, FAULT_NONE },
	.example = "qami create-store-image-task --bucket images "
		   "--image-id ami-0123456789abcdef0",
	.run = run,
};
