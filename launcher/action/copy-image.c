/* copy-image.c - an image of one's own, of one that may be launched and read */
#include "images/copy.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const char types[] = "image|snapshot";
	auto_of(arena) arena = arena_new();
	const json_t *tags = args_get(args, "TagSpecifications");
	struct copy_request request = {
		.source = args_str(args, "SourceImageId", ""),
		.region = args_str(args, "SourceRegion", ""),
		.encryption = args_encryption(args),
		.name = args_str(args, "Name", ""),
		.description = args_str(args, "Description", NULL),
		.copy_tags = args_bool(args, "CopyImageTags", false),
	};
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!args_tags(tags, "image", types, arena, &request.tags,
		       &request.tag_count, err) ||
	    !args_tags(tags, "snapshot", types, arena, &request.snapshot_tags,
		       &request.snapshot_tag_count, err) ||
	    !image_copy(call, &request, id, err))
		return false;
	node_str(reply->root, "ImageId", "imageId", id);
	return job_spawn(call, err);
}

const struct action action_copy_image = {
	.name = "CopyImage",
	.brief = "copy an image with its snapshots",
	.about = "Makes an image of the caller's own with snapshots of its "
		 "own, whatever becomes of the source. That needs a launch "
		 "permission for the image and createVolumePermissions for "
		 "its snapshots. Launch permissions are not copied, tags only "
		 "when asked for and one's own. It is available when this "
		 "answers, but pending while its snapshots are encrypted anew "
		 "or carried over from another region (qami region add), both "
		 "as copy-snapshot does it; what comes from another region "
		 "can be launched meanwhile.",
	.params = (const struct param[]) {
		{ "SourceImageId", PARAM_ID, PARAM_REQUIRED, "ami",
		  "an image on snapshots" },
		{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "3 to 128 characters, unique in the account" },
		{ "SourceRegion", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the store's own, or one of qami region list" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		PARAMS_ENCRYPTION,
		{ "CopyImageTags", PARAM_BOOLEAN, 0, NULL,
		  "the image's own tags, too, if it is the caller's" },
		{ "SnapshotCopyCompletionDurationMinutes", PARAM_INTEGER, 0,
		  NULL, "accepted: it is done at once" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_IMAGE_NAME_MALFORMED, FAULT_IMAGE_NAME_DUPLICATE,
		FAULT_INVALID_REQUEST, FAULT_INVALID_PARAMETER,
		FAULT_INCORRECT_STATE,
		FAULT_UNSUPPORTED, FAULT_PARAMETER_DEPENDENCY,
		FAULT_KMS_KEY_NOT_FOUND, FAULT_KMS_KEY_STATE,
		FAULT_IDEMPOTENT_MISMATCH, FAULT_TAG_LIMIT,
		FAULT_SNAPSHOT_LIMIT, FAULT_NONE },
	.example = "qami copy-image --source-region us-east-1 --name copy "
		   "--source-image-id ami-0123456789abcdef0",
	.run = run,
};
