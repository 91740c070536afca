/* snapshot.h - the life of snapshots: taken, shared, deleted */
#ifndef QAMI_IMAGES_SNAPSHOT_H
#define QAMI_IMAGES_SNAPSHOT_H

#include "images/image.h"
#include "images/registry/snapshot.h"

/* What CreateSnapshot says, and CreateSnapshots with `instance`. All borrowed;
 * NULL and 0 where nothing was said. */
struct snapshot_request {
	const char *volume;
	const char *instance;	     /* all of its volumes, … */
	bool exclude_boot;	     /* … but for the root */
	const char *const *excluded; /* … and these */
	size_t excluded_count;
	bool copy_tags; /* the volumes' own */
	const char *description;
	const struct pair *tags;
	size_t tag_count;
};

/* Takes a snapshot of a volume, idle or under a running machine, in a time
 * that does not depend on its size; it is completed when this returns, unless
 * the volume stands on what is still elsewhere (images/fill.h). Faults: those
 * of freeze_volumes(). */
bool snapshot_create(struct call *call, const struct snapshot_request *request,
		     char ret_id[ID_SIZE], struct error *err) must_check;

/* The same of the volumes of an instance, all in one instant: either all come
 * to be or none. Their ids, the root's first, are in the arena.
 * FAULT_INSTANCE_STATE unless it is running or stopped, FAULT_INVALID_PARAMETER
 * for an exclusion that is no data volume of it, or that leaves nothing. */
bool snapshot_create_all(struct call *call,
			 const struct snapshot_request *request,
			 struct arena *arena, const char *const **ret_ids,
			 size_t *ret_count, struct error *err) must_check;

/* Deletes a snapshot, in any order: what others need of it stays. One that is
 * pending goes when it completes, unless it is only being filled
 * (images/fill.h): then at once, for good, and what nobody else needs is no
 * longer fetched. What a rule of the owner's keeps goes into
 * the recycle bin (images/recyclebin.h). FAULT_SNAPSHOT_IN_USE while a
 * registered image stands on it, FAULT_OPERATION_NOT_PERMITTED while it is
 * locked. */
bool snapshot_erase(struct call *call, const char *id, struct error *err)
	must_check;

/* The same of one that a verb took for itself, and that nobody shall find in
 * the recycle bin. */
bool snapshot_erase_own(struct call *call, const char *id, struct error *err)
	must_check;

/* A pending snapshot is completed, or goes if it was deleted meanwhile; within
 * the caller's transaction. */
bool snapshot_complete(struct call *call, const char *id, struct error *err)
	must_check;

/* Adds and removes createVolumePermissions.
 * FAULT_OPERATION_NOT_PERMITTED for "all" where the account blocks that
 * (images/publicaccess.h) and, unless it is to be `unscanned` or is public
 * already, where the snapshot holds what should not be public (images/scan.h):
 * looking may take minutes the first time. FAULT_INCORRECT_STATE while it is
 * archived. */
bool snapshot_share(struct call *call, const char *id,
		    const struct image_sharing *sharing, struct error *err)
	must_check;

/* Takes every createVolumePermission back. */
bool snapshot_unshare(struct call *call, const char *id, struct error *err)
	must_check;

/* FAULT_INCORRECT_STATE unless something may be built on the snapshot: it is
 * completed, and not archived. */
bool snapshot_ready(const struct snapshot *snapshot, struct error *err)
	must_check;

/* The same where a volume shall stand on it: one that is pending will do while
 * its bytes are fetched. */
bool snapshot_ready_below(const struct snapshot *snapshot, struct error *err)
	must_check;

/* FAULT_SNAPSHOT_IN_USE while a registered image stands on the snapshot, a
 * disabled one too if these count. */
bool snapshot_check_unused(struct call *call, const char *id, bool disabled,
			   struct arena *arena, struct error *err) must_check;

/* Puts a snapshot into the recycle bin if a rule says so, or drops it; within
 * the caller's transaction, which has authorised it. */
bool snapshot_discard(struct call *call, const struct snapshot *snapshot,
		      struct error *err) must_check;

/* Deletes a snapshot's row and tags and dooms its layer as far as nothing
 * stands on it; within the caller's transaction, which has authorised it. */
bool snapshot_drop(struct call *call, const char *id, struct error *err)
	must_check;

#endif
