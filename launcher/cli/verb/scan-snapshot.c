/* scan-snapshot.c - what is in a snapshot that should not be in one for all */
#include "images/scan.h"
#include "launcher/action/action.h"
#include "launcher/cli/findings.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	struct scan scan;

	if (!arena)
		return fail_memory(err);
	if (!authorise_snapshot(call, RIGHT_SEE, args_str(args, "Snapshot", ""),
				arena, &snapshot, err) ||
	    !scan_snapshot(call, &snapshot, arena, &scan, err))
		return false;
	reply_findings(&scan, reply);
	return true;
}

const struct action verb_scan_snapshot = {
	.name = "scan-snapshot",
	.brief = "look for secrets in a snapshot",
	.about = "Looks through every file system on the snapshot, as "
		 "scan-image does through an image's disks, and lists where "
		 "there are secrets, and what could not be looked into. Exits "
		 "with 1 when anything is listed. What was found is "
		 "remembered, for images and copies of it as well.",
	.params = (const struct param[]) {
		{ "Snapshot", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "snap",
		  "snapshot: id, name or beginning of an id" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami scan-snapshot snap-0123456789abcdef0",
	.local = true,
	.run = run,
};
