/* ebs-list-changed-blocks.c - the blocks in which two snapshots differ */
#include "launcher/action/ebs.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct block_listing listing = {
		.first = args_str(args, "FirstSnapshotId", NULL),
		.second = args_str(args, "SecondSnapshotId", NULL),
	};

	/* EC2's SDKs do not require it, the service does */
	if (!listing.first)
		return fail(err, FAULT_EBS_PARAMETER,
			    "The request must contain the parameter "
			    "FirstSnapshotId");
	if (!ebs_list(call, args, &listing, "ChangedBlocks", "FirstBlockToken",
		      "SecondBlockToken", reply, err))
		return false;
	if (!listing.exact)
		reply->note = "listed by what was written, for the snapshots' "
			      "digests are still being made, or under "
			      "several keys: some blocks may be equal";
	return true;
}

const struct action action_ebs_list_changed_blocks = {
	.name = "ListChangedBlocks",
	.service = "ebs",
	.brief = "list the blocks in which two snapshots differ",
	.about = "Compares two completed snapshots of one volume or lineage by "
		 "the digests of their blocks of 512 KiB: a block that was rewritten with "
		 "the same bytes is not listed. Right after a snapshot was "
		 "taken its digests are still being made; then the blocks are "
		 "listed that were written since, which a note on stderr says; "
		 "likewise where a block was encrypted with another key. "
		 "A block without a token is empty in that snapshot.",
	.params = (const struct param[]) {
		{ "FirstSnapshotId", PARAM_ID, 0, "snap",
		  "the snapshot to compare with" },
		{ "SecondSnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot of interest, usually the later one" },
		PARAMS_EBS_PAGES,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_EBS_NOT_FOUND, FAULT_NONE },
	.example = "qami ebs list-changed-blocks --first-snapshot-id "
		   "snap-0123456789abcdef0 --second-snapshot-id "
		   "snap-0123456789abcdef1",
	.run = run,
};
