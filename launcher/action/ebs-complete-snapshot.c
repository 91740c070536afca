/* ebs-complete-snapshot.c - a snapshot that was written becomes complete */
#include "images/upload.h"
#include "launcher/action/ebs.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	int64_t count = args_int(args, "ChangedBlocksCount", 0);
	bool checked = args_has(args, "Checksum");
	uint8_t digest[SHA256_SIZE];

	if (count < 0)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The number of changed blocks must not be "
			    "negative.");
	if (checked && !ebs_checksum(args, digest, err))
		return false;
	if (!upload_finish(call, args_str(args, "SnapshotId", NULL),
			   (uint64_t)count, checked ? digest : NULL, err))
		return false;
	node_str(reply->root, "Status", "Status", "completed");
	return true;
}

const struct action action_ebs_complete_snapshot = {
	.name = "CompleteSnapshot",
	.service = "ebs",
	.brief = "complete a snapshot that was written block by block",
	.about = "Completes a snapshot that start-snapshot began, if as many "
		 "blocks were written as the call says and, where a checksum "
		 "is given, they are the ones that it was made of: the SHA-256 "
		 "of all blocks' SHA-256s, one after the other in the order of "
		 "the blocks. Otherwise it stays pending.",
	.params = (const struct param[]) {
		PARAM_EBS_SNAPSHOT("the pending snapshot"),
		{ "ChangedBlocksCount", PARAM_INTEGER, PARAM_REQUIRED, NULL,
		  "how many blocks were written" },
		{ "Checksum", PARAM_STRING, 0, NULL,
		  "SHA-256 of the blocks' SHA-256s, in base64" },
		{ "ChecksumAlgorithm", PARAM_STRING, 0, "SHA256",
		  "how the checksum was made" },
		{ "ChecksumAggregationMethod", PARAM_STRING, 0, "LINEAR",
		  "how the blocks' checksums were taken together" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_EBS_NOT_FOUND, FAULT_EBS_DENIED, FAULT_NONE },
	.example = "qami ebs complete-snapshot --snapshot-id "
		   "snap-0123456789abcdef0 --changed-blocks-count 1",
	.run = run,
};
