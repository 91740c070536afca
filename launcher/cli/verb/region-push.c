/* region-push.c - put a snapshot or an image into a region that is a bucket */
#include <inttypes.h>

#include "images/publish.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct publish_told told;
	char id[ID_SIZE], size[SIZE_TEXT_SIZE];
	auto_free char *text = NULL;

	if (!region_publish(call, args_str(args, "Name", ""),
			    args_str(args, "Id", ""), id, &told, err))
		return false;
	size_text(told.bytes, size);
	text = format_text("%" PRIu64 " of %" PRIu64 " blocks sent, %s",
			   told.put, told.blocks, size);
	if (text && call->stage)
		call->stage(call->watch_data, text);
	node_str(reply->root, "Id", NULL, id);
	node_int(reply->root, "Blocks", NULL, (int64_t)told.blocks);
	node_int(reply->root, "BlocksSent", NULL, (int64_t)told.put);
	node_int(reply->root, "BytesSent", NULL, (int64_t)told.bytes);
	reply->raw_text = true;
	return true;
}

const struct action verb_region_push = {
	.name = "region push",
	.brief = "put a snapshot or an image into a region in a bucket",
	.about = "Sends the blocks that the region lacks, and prints the id "
		 "that the snapshot or image has there: stores which know the "
		 "region and have its key copy that (CopySnapshot, CopyImage "
		 "with its name as SourceRegion). It belongs to the same "
		 "account there, and is shared with the same; what is "
		 "encrypted here is its owner's alone there, and encrypted "
		 "wherever it is copied to. What was interrupted is begun "
		 "again, and goes on where it was; what is there is brought up "
		 "to date.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "the region" },
		{ "Id", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "ami|snap",
		  "one's own image or snapshot: id, name or beginning of an "
		  "id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_IMAGE_NOT_FOUND, FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_INCORRECT_STATE,
		FAULT_IMAGE_UNAVAILABLE, FAULT_UNSUPPORTED,
		FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami region push site web",
	.local = true,
	.run = run,
};
