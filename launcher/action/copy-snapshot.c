/* copy-snapshot.c - a snapshot of one's own, of one that may be read
 *
 * Clients send a presigned request for the source's region along; a store
 * fetches nothing, from nobody.
 */
#include "images/copy.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/tags.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct copy_request request = {
		.source = args_str(args, "SourceSnapshotId", ""),
		.region = args_str(args, "SourceRegion", ""),
		.encryption = args_encryption(args),
		.description = args_str(args, "Description", NULL),
	};
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	if (!args_tags(args_get(args, "TagSpecifications"), "snapshot",
		       "snapshot", arena, &request.tags, &request.tag_count,
		       err) ||
	    !snapshot_copy(call, &request, id, err))
		return false;
	node_str(reply->root, "SnapshotId", "snapshotId", id);
	return reply_tags(call->store->db, id, true, reply->root, err) &&
	       job_spawn(call, err);
}

const struct action action_copy_snapshot = {
	.name = "CopySnapshot",
	.brief = "copy a snapshot that may be read",
	.about = "Makes a snapshot of the caller's own, with tags of its own, "
		 "that shows what the source shows and outlives it. It is "
		 "complete when this answers and takes no room until the "
		 "source is gone. A copy under another key is pending until "
		 "every block of it is written anew. Copies of encrypted "
		 "snapshots are encrypted: under the source's key if that is "
		 "the caller's, else under his default one. From another "
		 "region (qami region add) it is pending while blocks are "
		 "carried that are not here yet: of a second snapshot of a "
		 "lineage those that differ. Volumes can be made of it "
		 "meanwhile: what they read is carried first. What is encrypted there is "
		 "written here under the key that is named, else under the "
		 "caller's default one; keys stay in their stores.",
	.params = (const struct param[]) {
		{ "SourceSnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "a completed snapshot" },
		{ "SourceRegion", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the store's own, or one of qami region list" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		PARAMS_ENCRYPTION,
		{ "DestinationRegion", PARAM_STRING, 0, NULL,
		  "accepted: it is where the call arrives" },
		{ "PresignedUrl", PARAM_STRING, 0, NULL,
		  "accepted, and never fetched" },
		{ "CompletionDurationMinutes", PARAM_INTEGER, 0, NULL,
		  "accepted: it is done at once" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_INCORRECT_STATE,
		FAULT_INVALID_PARAMETER, FAULT_PARAMETER_DEPENDENCY,
		FAULT_KMS_KEY_NOT_FOUND, FAULT_KMS_KEY_STATE,
		FAULT_TAG_LIMIT, FAULT_SNAPSHOT_LIMIT, FAULT_NONE },
	.example = "qami copy-snapshot --source-region us-east-1 "
		   "--source-snapshot-id snap-0123456789abcdef0",
	.run = run,
};
