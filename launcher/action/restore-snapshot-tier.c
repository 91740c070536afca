/* restore-snapshot-tier.c - bring an archived snapshot back */
#include "images/tier.h"
#include "launcher/action/action.h"
#include "launcher/instance/job.h"

#define DAYS "TemporaryRestoreDays"
#define DAYS_DEFAULT 1

/* For how many days; 0: for good. */
static bool read_days(const struct args *args, int64_t *ret_days,
		      struct error *err)
{
	bool permanent = args_bool(args, "PermanentRestore", false);

	*ret_days = permanent ? 0 : args_int(args, DAYS, DAYS_DEFAULT);
	if (permanent && args_get(args, DAYS))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "A snapshot is restored either for some days "
			    "(" DAYS ") or for good (PermanentRestore)");
	return permanent || *ret_days > 0 ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "A snapshot is restored for 1 to %d days, not %lld",
		    TIER_DAYS_MOST, (long long)*ret_days);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *id = args_str(args, "SnapshotId", "");
	usec_t started;
	int64_t days;

	if (!read_days(args, &days, err) ||
	    !tier_restore(call, id, days, &started, err))
		return false;
	node_str(reply->root, "SnapshotId", "snapshotId", id);
	node_time(reply->root, "RestoreStartTime", "restoreStartTime", started);
	if (days)
		node_int(reply->root, "RestoreDuration", "restoreDuration",
			 days);
	node_bool(reply->root, "IsPermanentRestore", "isPermanentRestore",
		  !days);
	return job_spawn(call, err);
}

const struct action action_restore_snapshot_tier = {
	.name = "RestoreSnapshotTier",
	.brief = "bring an archived snapshot back, for some days or for good",
	.about = "Makes the snapshot usable again, in a job: every block is "
		 "checked, and a file that was cut short or altered restores "
		 "nothing. Restored for some days it stays in the archive, too, "
		 "and is there alone again when they are over; until then the "
		 "call changes the days, counted from now, or makes it "
		 "permanent. $QAMI_ARCHIVE_DELAY keeps it waiting, as AWS does.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "an archived snapshot of one's own" },
		{ "TemporaryRestoreDays", PARAM_INTEGER, 0, NULL,
		  "for so many days, 1 to 180; 1 when nothing is said" },
		{ "PermanentRestore", PARAM_BOOLEAN, 0, NULL, "for good" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_INCORRECT_STATE,
		FAULT_PARAMETER_COMBINATION, FAULT_INVALID_PARAMETER,
		FAULT_RESOURCE_LIMIT, FAULT_KMS_KEY_DISABLED,
		FAULT_UNAVAILABLE, FAULT_NONE },
	.example = "qami restore-snapshot-tier --snapshot-id "
		   "snap-0123456789abcdef0 --temporary-restore-days 7",
	.run = run,
};
