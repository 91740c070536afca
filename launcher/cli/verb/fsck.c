/* fsck.c - does the store agree with itself? */
#include <stdio.h>

#include "images/fsck.h"
#include "launcher/action/action.h"

static void print(void *data, const struct finding *finding)
{
	(void)data;
	printf("%s: %s%s\n", finding->subject, finding->text,
	       finding->repaired ? " (repaired)" : "");
}

static int fsck_main(struct call *call, const struct args *args,
		     struct error *err)
{
	int64_t most = args_int(args, "MaxDuration", 0);
	struct fsck fsck = {
		.deep = args_bool(args, "Deep", false),
		.repair = args_bool(args, "Repair", false),
		.until = most ? clock_monotonic() + most * USEC_PER_SEC : 0,
		.found = print,
	};

	if (most < 0 || (most && !fsck.deep)) {
		fail(err, FAULT_PARAMETER_COMBINATION,
		     "a duration needs --deep, and some seconds");
		return -1;
	}
	if (!fsck_run(call, &fsck, err))
		return -1;
	printf("%u layer%s looked at, %u fault%s%s\n", fsck.layers,
	       fsck.layers == 1 ? "" : "s", fsck.faults,
	       fsck.faults == 1 ? "" : "s",
	       fsck.deep && !fsck.finished ?
		       "; the rest of the contents next time" :
		       "");
	return fsck.faults ? 1 : 0;
}

const struct action verb_fsck = {
	.name = "fsck",
	.brief = "check that the store agrees with itself",
	.about = "Compares rows with files both ways, headers, modes and sizes, "
		 "has QEMU check each layer's tables, and asks running guests' "
		 "QEMU what they write. With --deep the contents of frozen "
		 "layers are read and compared with what they were when they "
		 "were frozen. Says one line for each finding and exits with "
		 "1 when anything is wrong.",
	.params = (const struct param[]) {
		{ "Deep", PARAM_BOOLEAN, 0, NULL,
		  "read what frozen layers contain, too" },
		{ "MaxDuration", PARAM_INTEGER, 0, NULL,
		  "stop reading after so many seconds; the next time goes on "
		  "from there", NULL, NULL, 0, "SECONDS" },
		{ "Repair", PARAM_BOOLEAN, 0, NULL,
		  "put modes and rows right and move files that nothing names "
		  "to lost+found; nothing is deleted" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami fsck --deep --max-duration 600",
	.local = true,
	.main = fsck_main,
};
