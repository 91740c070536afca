/* snapshot-lock.h - a snapshot's lock in a reply */
#ifndef QAMI_ACTION_NOUN_SNAPSHOT_LOCK_H
#define QAMI_ACTION_NOUN_SNAPSHOT_LOCK_H

#include "images/registry/snapshotlock.h"
#include "launcher/action/reply.h"

/* What LockSnapshot says of the lock; a listing says whose it is, too. */
void reply_snapshot_lock(const struct snapshot_lock *lock, bool listed,
			 struct node *into);

#endif
