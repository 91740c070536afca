/* snapshot.h - the life of snapshots */
#ifndef QAMI_IMAGES_SNAPSHOT_H
#define QAMI_IMAGES_SNAPSHOT_H

#include "images/store.h"
#include "images/registry/snapshot.h"

/* Deletes a snapshot's row and tags and dooms its layer as far as nothing
 * stands on it; within the caller's transaction, which has authorised it. */
bool snapshot_drop(struct call *call, const char *id, struct error *err)
	must_check;

#endif
