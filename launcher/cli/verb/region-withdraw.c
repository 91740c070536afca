/* region-withdraw.c - take a snapshot or an image out of a region again */
#include "images/publish.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return region_withdraw(call, args_str(args, "Name", ""),
			       args_str(args, "Id", ""),
			       args_bool(args, "Force", false), err);
}

const struct action verb_region_withdraw = {
	.name = "region withdraw",
	.brief = "take a snapshot or an image out of a region in a bucket",
	.about = "Nobody copies it from there any more; what was copied stays. "
		 "An image goes before its snapshots do. Its blocks stay until "
		 "'region collect'.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "the region" },
		{ "Id", PARAM_ID, PARAM_POSITIONAL | PARAM_REQUIRED, "ami|snap",
		  "the id that it has there" },
		{ "Force", PARAM_BOOLEAN, 0, NULL,
		  "even if it is damaged, another account's or in use" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_IMAGE_NOT_FOUND, FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_SNAPSHOT_IN_USE,
		FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami region withdraw site ami-0123456789abcdef0",
	.local = true,
	.run = run,
};
