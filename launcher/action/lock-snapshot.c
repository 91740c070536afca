/* lock-snapshot.c - keep a snapshot from being deleted for a time */
#include "images/snapshotlock.h"
#include "launcher/action/action.h"
#include "launcher/action/noun/snapshot-lock.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct lock_request request = {
		.snapshot = args_str(args, "SnapshotId", ""),
		.mode = args_str(args, "LockMode", ""),
	};
	const char *until = args_str(args, "ExpirationDate", NULL);
	struct snapshot_lock lock;

	if (!args_positive(args, "CoolOffPeriod", &request.cool_off, err) ||
	    !args_positive(args, "LockDuration", &request.days, err))
		return false;
	if (until && !time_parse(until, &request.until))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "ExpirationDate is no point in time");
	if (!snapshot_lock(call, &request, reply->arena, &lock, err))
		return false;
	reply_snapshot_lock(&lock, false, reply->root);
	return true;
}

const struct action action_lock_snapshot = {
	.name = "LockSnapshot",
	.brief = "keep a snapshot from being deleted for a time",
	.about = "Until the lock expires nobody can delete the snapshot; it "
		 "can be used like any other. In governance mode the lock can "
		 "be taken away and changed at any time; in compliance mode "
		 "only as long as it cools off, and after that its time can "
		 "be made longer but not shorter. A duration counts from the "
		 "beginning of the lock, also when it is changed; that of a "
		 "pending snapshot begins when it completes.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot" },
		{ "LockMode", PARAM_STRING, PARAM_REQUIRED,
		  "compliance|governance", "whether it can be unlocked" },
		{ "CoolOffPeriod", PARAM_INTEGER, 0, NULL,
		  "hours in which compliance can be taken back, 1 to 72" },
		{ "LockDuration", PARAM_INTEGER, 0, NULL,
		  "days, 1 to 36500; or …" },
		{ "ExpirationDate", PARAM_TIME, 0, NULL,
		  "… when the lock expires" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_PARAMETER_COMBINATION,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_INCORRECT_STATE,
		FAULT_NONE },
	.example = "qami lock-snapshot --snapshot-id snap-0123456789abcdef0 "
		   "--lock-mode governance --lock-duration 30",
	.run = run,
};
