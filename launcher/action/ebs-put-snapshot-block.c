/* ebs-put-snapshot-block.c - write a block of a pending snapshot */
#include "images/upload.h"
#include "launcher/action/ebs.h"

static bool check(const struct args *args, struct error *err)
{
	int64_t progress = args_int(args, "Progress", 0);
	int64_t length = args_int(args, "DataLength", 0);

	if (length != BLOCK_SIZE)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The data length must be %u bytes.", BLOCK_SIZE);
	if (progress < 0 || progress > 100)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The progress must be between 0 and 100.");
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_free void *owned = NULL;
	const void *data = NULL;
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_SIZE * 2];
	uint64_t block;
	size_t size;

	if (!check(args, err) || !ebs_block(args, "BlockIndex", &block, err) ||
	    !ebs_checksum(args, digest, err))
		return false;
	if (!args_stream(args, "BlockData", &data, &size, &owned, err) ||
	    !upload_put(call, args_str(args, "SnapshotId", NULL), block, data,
			size, digest, err))
		return false;
	base64_write(digest, sizeof(digest), text);
	node_str(reply->root, "Checksum", "Checksum", text);
	node_str(reply->root, "ChecksumAlgorithm", "ChecksumAlgorithm",
		 "SHA256");
	return true;
}

const struct action action_ebs_put_snapshot_block = {
	.name = "PutSnapshotBlock",
	.service = "ebs",
	.brief = "write a block of 512 KiB of a pending snapshot",
	.about = "Writes one block of a snapshot that start-snapshot began. "
		 "The data must have the given SHA-256, else nothing is "
		 "written. The block is durable when the call answers; putting "
		 "the same data again changes nothing.",
	.params = (const struct param[]) {
		PARAM_EBS_SNAPSHOT("the pending snapshot"),
		PARAM_EBS_BLOCK,
		{ "BlockData", PARAM_BLOB, PARAM_REQUIRED | PARAM_STREAM, NULL,
		  "the file with the block's 524288 bytes" },
		{ "DataLength", PARAM_INTEGER, PARAM_REQUIRED, NULL,
		  "how many bytes they are: 524288" },
		{ "Progress", PARAM_INTEGER, 0, NULL,
		  "how far the client is, in percent" },
		{ "Checksum", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "SHA-256 of the data, in base64" },
		{ "ChecksumAlgorithm", PARAM_STRING, PARAM_REQUIRED, "SHA256",
		  "how the checksum was made" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER, FAULT_EBS_KEY,
		FAULT_EBS_NOT_FOUND, FAULT_EBS_DENIED, FAULT_EBS_FULL,
		FAULT_NONE },
	.example = "qami ebs put-snapshot-block --snapshot-id "
		   "snap-0123456789abcdef0 --block-index 7 --block-data "
		   "fileb://block.bin --data-length 524288 --checksum "
		   "B4VNL+8pega6gWheZgwzLeNtXRjVRpJ9MNqtbX/aFUE= "
		   "--checksum-algorithm SHA256",
	.run = run,
};
