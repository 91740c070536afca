/* create-restore-image-task.c - an image of a stored one */
#include "images/imagetask.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const char types[] = "image|snapshot";
	auto_of(arena) arena = arena_new();
	const json_t *tags = args_get(args, "TagSpecifications");
	struct restore_request request = {
		.bucket = args_str(args, "Bucket", ""),
		.key = args_str(args, "ObjectKey", ""),
		.name = args_str(args, "Name", NULL),
	};
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!args_tags(tags, "image", types, arena, &request.tags,
		       &request.tag_count, err) ||
	    !args_tags(tags, "snapshot", types, arena, &request.snapshot_tags,
		       &request.snapshot_tag_count, err) ||
	    !restore_begin(call, &request, id, err))
		return false;
	node_str(reply->root, "ImageId", "imageId", id);
	return job_spawn(call, err);
}

const struct action action_create_restore_image_task = {
	.name = "CreateRestoreImageTask",
	.brief = "make an image of one that was stored",
	.about = "Makes an image, with snapshots, of what "
		 "create-store-image-task has stored, here or elsewhere. It "
		 "has a new id, and is pending until every byte of the object "
		 "was found to be right; then it is available, else failed. "
		 "Its snapshots are encrypted where the account encrypts by "
		 "default: then an object on an S3 server may have at most 512 "
		 "MiB. Launch permissions are not stored.",
	.params = (const struct param[]) {
		{ "Bucket", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "where the object is; s3://… on a server" },
		{ "ObjectKey", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the object's key: ami-….bin" },
		{ "Name", PARAM_STRING, 0, NULL,
		  "the image's name, unique in the account; the one that it "
		  "had unless said" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND,
		FAULT_IMAGE_NAME_MALFORMED, FAULT_IMAGE_NAME_DUPLICATE,
		FAULT_SNAPSHOT_LIMIT, FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami create-restore-image-task --bucket images "
		   "--object-key ami-0123456789abcdef0.bin",
	.run = run,
};
