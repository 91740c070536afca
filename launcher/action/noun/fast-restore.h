/* fast-restore.h - a fast snapshot restore in a reply, and what enables and
 * disables several at once
 */
#ifndef QAMI_ACTION_NOUN_FAST_RESTORE_H
#define QAMI_ACTION_NOUN_FAST_RESTORE_H

#include "images/fastrestore.h"
#include "launcher/action/action.h"

/* Writes what EnableFastSnapshotRestores and its like show of one. */
void reply_fast_restore(const struct fast_restore *restore, struct node *into);

/* Does something to each snapshot in each zone that a call names; what failed
 * is listed beside what was done, with why. */
bool fast_restore_batch(struct call *call, const struct args *args,
			bool (*change)(struct call *call, const char *snapshot,
				       const char *zone, struct arena *arena,
				       struct fast_restore *ret_restore,
				       struct error *err),
			struct reply *reply, struct error *err) must_check;

#define PARAMS_FAST_RESTORE                                                    \
	{ "AvailabilityZones", PARAM_STRING, PARAM_LIST, NULL,                 \
	  "the zones, or …", "AvailabilityZone" },                             \
	{ "AvailabilityZoneIds", PARAM_STRING, PARAM_LIST, NULL,               \
	  "… their ids", "AvailabilityZoneId" },                               \
	{ "SourceSnapshotIds", PARAM_ID, PARAM_LIST | PARAM_REQUIRED, "snap",  \
	  "the snapshots", "SourceSnapshotId" },                               \
	PARAMS_DRY_RUN

#endif
