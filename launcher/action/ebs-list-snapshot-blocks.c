/* ebs-list-snapshot-blocks.c - the blocks that a snapshot holds */
#include "launcher/action/ebs.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct block_listing listing = {
		.second = args_str(args, "SnapshotId", NULL),
	};

	return ebs_list(call, args, &listing, "Blocks", NULL, "BlockToken",
			reply, err);
}

const struct action action_ebs_list_snapshot_blocks = {
	.name = "ListSnapshotBlocks",
	.service = "ebs",
	.brief = "list the blocks that a snapshot holds",
	.about = "Lists the blocks of 512 KiB of a completed snapshot with "
		 "data in them, and the tokens by which get-snapshot-block reads "
		 "them; blocks that are not listed read as zeros. Tokens are "
		 "valid for seven days, for the account that got them.",
	.params = (const struct param[]) {
		PARAM_EBS_SNAPSHOT("the snapshot"),
		PARAMS_EBS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_EBS_NOT_FOUND, FAULT_NONE },
	.example = "qami ebs list-snapshot-blocks --snapshot-id "
		   "snap-0123456789abcdef0 --max-results 100",
	.run = run,
};
