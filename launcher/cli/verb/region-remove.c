/* region-remove.c - forget another store */
#include "images/region.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return region_remove(call, args_str(args, "Name", ""), err);
}

const struct action verb_region_remove = {
	.name = "region remove",
	.brief = "forget a region",
	.about = "Nothing is copied from there any more; what was stays. "
		 "Refused while copies from there are at work.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "the region" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_REGION_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami region remove eu-west-1",
	.local = true,
	.run = run,
};
