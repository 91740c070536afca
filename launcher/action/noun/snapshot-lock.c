/* snapshot-lock.c - a snapshot's lock in a reply */
#include "launcher/action/noun/snapshot-lock.h"

static void reply_date(struct node *into, const char *sdk, const char *wire,
		       usec_t time)
{
	if (time)
		node_time(into, sdk, wire, time);
}

void reply_snapshot_lock(const struct snapshot_lock *lock, bool listed,
			 struct node *into)
{
	if (listed)
		node_str(into, "OwnerId", "ownerId", lock->owner);
	node_str(into, "SnapshotId", "snapshotId", lock->id);
	node_str(into, "LockState", "lockState", lock->state);
	node_int(into, "LockDuration", "lockDuration", lock->days);
	if (lock->cool_off) {
		node_int(into, "CoolOffPeriod", "coolOffPeriod",
			 lock->cool_off);
		node_time(into, "CoolOffPeriodExpiresOn",
			  "coolOffPeriodExpiresOn", lock->cooled);
	}
	reply_date(into, "LockCreatedOn", "lockCreatedOn", lock->created);
	if (listed)
		reply_date(into, "LockDurationStartTime",
			   "lockDurationStartTime", lock->started);
	reply_date(into, "LockExpiresOn", "lockExpiresOn", lock->expires);
	if (!listed)
		reply_date(into, "LockDurationStartTime",
			   "lockDurationStartTime", lock->started);
}
