/* ebs-get-snapshot-block.c - the bytes of one block of a snapshot */
#include "launcher/action/ebs.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_free void *data = malloc(BLOCK_SIZE);
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_SIZE * 2];
	uint64_t block;

	if (!data)
		return fail_memory(err);
	if (!ebs_block(args, "BlockIndex", &block, err) ||
	    !block_read(call, args_str(args, "SnapshotId", NULL), block,
			args_str(args, "BlockToken", ""), data, err))
		return false;
	sha256(data, BLOCK_SIZE, digest);
	base64_write(digest, sizeof(digest), text);
	node_int(reply->root, "DataLength", "DataLength", BLOCK_SIZE);
	node_str(reply->root, "Checksum", "Checksum", text);
	node_str(reply->root, "ChecksumAlgorithm", "ChecksumAlgorithm",
		 "SHA256");
	reply_body(reply, data, BLOCK_SIZE);
	return true;
}

const struct action action_ebs_get_snapshot_block = {
	.name = "GetSnapshotBlock",
	.service = "ebs",
	.brief = "read a block of 512 KiB of a snapshot into a file",
	.about = "Reads one block of a completed snapshot, by the token that "
		 "list-snapshot-blocks or list-changed-blocks gave for it, and "
		 "answers with its SHA-256. Blocks without a token are empty.",
	.params = (const struct param[]) {
		PARAM_EBS_SNAPSHOT("the snapshot"),
		PARAM_EBS_BLOCK,
		{ "BlockToken", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the block's token" },
		{ "Outfile", PARAM_FILE,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_OUTPUT, NULL,
		  "where the bytes go" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_EBS_NOT_FOUND, FAULT_NONE },
	.example = "qami ebs get-snapshot-block --snapshot-id "
		   "snap-0123456789abcdef0 --block-index 7 --block-token "
		   "AAAB block.bin",
	.run = run,
};
