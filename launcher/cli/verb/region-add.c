/* region-add.c - name another store as a region */
#include "images/region.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return region_add(call, args_str(args, "Name", ""),
			  args_str(args, "Store", ""), err);
}

const struct action verb_region_add = {
	.name = "region add",
	.brief = "name another store as a region",
	.about = "From now on CopySnapshot and CopyImage take that name as "
		 "SourceRegion, and DescribeRegions lists it. The other store "
		 "is only read, with the rights of who runs this one, and by "
		 "its own rules: accounts of the same number are the same.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED, NULL,
		  "what it is called here: lower case letters, digits, '-'" },
		{ "Store", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "the directory of the other store", NULL, NULL, 0, "DIR" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER,
		FAULT_REGION_NOT_FOUND, FAULT_NONE },
	.example = "qami region add eu-west-1 --store /srv/qami",
	.local = true,
	.run = run,
};
