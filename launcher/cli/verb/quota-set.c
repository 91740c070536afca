/* quota-set.c - limit what an account may have */
#include <stdlib.h>
#include <string.h>

#include "images/quota.h"
#include "launcher/action/action.h"

/* A limit as it is typed: a number or "none". */
static bool read_limit(const char *name, const char *text, int64_t *ret_most,
		       struct error *err)
{
	size_t digits = strspn(text, "0123456789");

	if (strcmp(text, "none") == 0) {
		*ret_most = QUOTA_NONE;
		return true;
	}
	if (!digits || text[digits] || digits > 12)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%.32s) for parameter %s is invalid. "
			    "Expecting a number or 'none'.",
			    text, name);
	*ret_most = strtoll(text, NULL, 10);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const char *const options[QUOTA_COUNT] = {
		[QUOTA_INSTANCES] = "Instances", [QUOTA_VCPUS] = "Vcpus",
		[QUOTA_MEMORY] = "Memory",	 [QUOTA_STORAGE] = "Storage",
		[QUOTA_SNAPSHOTS] = "Snapshots",
	};
	int64_t most[QUOTA_COUNT];
	bool any = false;

	(void)reply;
	for (int which = 0; which < QUOTA_COUNT; which++) {
		const char *text = args_str(args, options[which], NULL);

		most[which] = QUOTA_KEEP;
		any |= text != NULL;
		if (text &&
		    !read_limit(options[which], text, &most[which], err))
			return false;
	}
	if (!any)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "there is no limit to set: --instances, --vcpus, "
			    "--memory, --storage or --snapshots");
	return quota_change(call, most, err);
}

const struct action verb_quota_set = {
	.name = "quota set",
	.brief = "limit what an account may have",
	.about = "Limits what the account (--account) may have at a time, each "
		 "by a number, or by 'none' no more. What it has beyond a new "
		 "limit stays. Stopped instances count for storage alone.",
	.params = (const struct param[]) {
		{ "Instances", PARAM_STRING, 0, NULL,
		  "how many instances may run", NULL, NULL, 0, "N|none" },
		{ "Vcpus", PARAM_STRING, 0, NULL,
		  "how many vCPUs these may have together", NULL, NULL, 0,
		  "N|none" },
		{ "Memory", PARAM_STRING, 0, NULL,
		  "how much memory, in MiB", NULL, NULL, 0, "MIB|none" },
		{ "Storage", PARAM_STRING, 0, NULL,
		  "the size of all volumes together, in GiB", NULL, NULL, 0,
		  "GIB|none" },
		{ "Snapshots", PARAM_STRING, 0, NULL,
		  "how many snapshots", NULL, NULL, 0, "N|none" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_MISSING_PARAMETER, FAULT_NONE },
	.example = "qami quota set --instances 2 --storage 20",
	.local = true,
	.run = run,
};
