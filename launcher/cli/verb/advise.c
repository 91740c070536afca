/* advise.c - which storage to take */
#include "images/advise.h"

#include <string.h>

#include "images/store.h"
#include "launcher/action/action.h"

#define SIZE_USUAL 8 /* GiB */

static bool is(const struct args *args, const char *name, const char *value)
{
	return strcmp(args_str(args, name, ""), value) == 0;
}

static void put(struct node *root, const struct advice *advice)
{
	char monthly[MONEY_SIZE], backup[MONEY_SIZE];

	money_format(advice->monthly, monthly);
	money_format(advice->backup, backup);
	node_str(root, "Storage", NULL,
		 advice->instance_store ? "instance-store" : "ebs");
	node_str(root, "InstanceType", NULL, advice->instance_type);
	node_str(root, "VolumeType", NULL, advice->volume_type);
	node_int(root, "Size", NULL, advice->size);
	if (advice->iops)
		node_int(root, "Iops", NULL, advice->iops);
	if (advice->throughput)
		node_int(root, "Throughput", NULL, advice->throughput);
	node_str(root, "Monthly", NULL, monthly);
	if (advice->backup)
		node_str(root, "MonthlyPerFullBackup", NULL, backup);
	node_str(root, "Currency", NULL, "USD");
	node_str(root, "Why", NULL, advice->why[0]);
	node_str(root, "WhyThis", NULL, advice->why[1]);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct wishes wishes = {
		.persistence = is(args, "Persistence", "yes"),
		.performance = is(args, "Performance", "high") ?
				       PERFORMANCE_HIGH :
			       is(args, "Performance", "low") ?
				       PERFORMANCE_LOW :
				       PERFORMANCE_NORMAL,
		.tight = is(args, "Budget", "tight"),
		.backups = is(args, "Backups", "yes"),
		.data = args_bool(args, "Data", false),
	};
	micros_t prices[PRICE_COUNT];
	struct advice advice;

	if (!args_positive(args, "Size", &wishes.size, err) ||
	    !args_positive(args, "Iops", &wishes.iops, err) ||
	    !args_positive(args, "Throughput", &wishes.throughput, err) ||
	    !prices_get(call->store->db, prices, NULL, err))
		return false;
	if (!wishes.size)
		wishes.size = SIZE_USUAL;
	if (!advise(prices, &wishes, &advice, err))
		return false;
	put(reply->root, &advice);
	return true;
}

const struct action verb_advise = {
	.name = "advise",
	.brief = "choose EBS or instance store, and a volume type",
	.about = "Says which storage fits what is asked of it, what that costs "
		 "a month at the prices of `qami price list`, and why, in two "
		 "lines. What has to last or to be backed up is on EBS, "
		 "whatever else is asked for; what only has to be fast is on "
		 "an instance store; anything else is on EBS. The volume type "
		 "is the cheapest that always gives what is asked for, bursts "
		 "left out; for high performance without a tight budget it is "
		 "one whose IOPS are provisioned. Normal performance is 3000 "
		 "IOPS and 125 MiB/s, high performance 16000 and 500, or as "
		 "much of it as there is at that size.",
	.params = (const struct param[]) {
		{ "Persistence", PARAM_STRING, 0, "yes|no",
		  "whether the data has to outlive its instance; no unless "
		  "said" },
		{ "Performance", PARAM_STRING, 0, "low|normal|high",
		  "how fast it has to be; normal unless said" },
		{ "Budget", PARAM_STRING, 0, "tight|ample",
		  "whether it shall cost as little as can be; ample unless "
		  "said" },
		{ "Backups", PARAM_STRING, 0, "yes|no",
		  "whether there are to be backups; no unless said" },
		{ "Size", PARAM_INTEGER, 0, NULL, "GiB; 8 unless said" },
		{ "Iops", PARAM_INTEGER, 0, NULL,
		  "that it has to give at least" },
		{ "Throughput", PARAM_INTEGER, 0, NULL,
		  "MiB/s that it has to give at least" },
		{ "Data", PARAM_BOOLEAN, 0, NULL,
		  "nothing boots from it: more volume types will do" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami advise --persistence yes --performance high "
		   "--budget tight",
	.local = true,
	.travels = true,
	.run = run,
};
