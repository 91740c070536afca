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
		 "has a new id, and is there at once: pending, as its "
		 "snapshots are, while their bytes are fetched, first those "
		 "that somebody reads. Meanwhile instances can be launched of "
		 "it, and volumes made of its snapshots. When every block was "
		 "found to be right it is available; when one is not, or the "
		 "object is gone, it has failed, its snapshot is in error, and "
		 "what is missing is an I/O error to who stands on it. Who "
		 "deregisters it before ends the fetching, but for what stands "
		 "on its snapshots. These are encrypted where the account "
		 "encrypts by default. Launch permissions are not stored.",
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
