/* region-collect.c - remove what nothing names in a region that is a bucket */
#include <inttypes.h>

#include "images/publish.h"
#include "launcher/action/action.h"
#include "launcher/cli/progress.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct depot_collected collected;
	usec_t lasts = DEPOT_MARK_LASTS;
	char size[SIZE_TEXT_SIZE];
	auto_free char *text = NULL;

	if (args_bool(args, "Force", false))
		lasts = 0;
	if (!region_collect(call, args_str(args, "Name", ""), lasts, &collected,
			    err))
		return false;
	size_text(collected.bytes, size);
	text = format_text("freed %s: %" PRIu64 " blocks removed, %" PRIu64
			   " kept",
			   size, collected.blocks, collected.kept);
	if (!text)
		return fail_memory(err);
	node_str(reply->root, "Text", NULL, text);
	node_int(reply->root, "FreedBytes", NULL, (int64_t)collected.bytes);
	node_int(reply->root, "BlocksRemoved", NULL, (int64_t)collected.blocks);
	node_int(reply->root, "BlocksKept", NULL, (int64_t)collected.kept);
	reply->raw_text = true;
	return true;
}

const struct action verb_region_collect = {
	.name = "region collect",
	.brief = "remove blocks that nothing names in a region in a bucket",
	.about = "Removes what was left by snapshots that were withdrawn, and "
		 "by those that were never published to the end. It waits for "
		 "nobody: while somebody publishes there, or was killed at it "
		 "less than a day ago, it says so. A record that cannot be "
		 "read keeps everything.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "the region" },
		{ "Force", PARAM_BOOLEAN, 0, NULL,
		  "take all who publish there for dead: whoever is not has to "
		  "begin again" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami region collect site",
	.local = true,
	.run = run,
};
