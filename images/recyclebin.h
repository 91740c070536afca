/* recyclebin.h - what was deleted, and may come back for a time
 *
 * Snapshots and EBS-backed images that a rule of their owner's keeps
 * (binrule.h) are not deleted: they are hidden, of no use to anybody and not
 * to be deleted by hand, until they are restored or their time is over. What
 * they hold is held all the while, and counts against their owner's quota.
 */
#ifndef QAMI_IMAGES_RECYCLEBIN_H
#define QAMI_IMAGES_RECYCLEBIN_H

#include "images/call.h"
#include "images/registry/image.h"
#include "images/registry/snapshot.h"

/* The tag that whatever is in the bin has, with the value "true". */
#define RECYCLE_TAG "aws:recycle-bin:resource-in-bin"

/* Puts what is about to be deleted into the bin if a rule says so, the longest
 * one counting; *ret_kept is false when it is to go at once. Only what is
 * whole is kept: completed snapshots, machine images on EBS that are available
 * or disabled. Within the transaction that deletes it. */
bool recycle_snapshot(struct call *call, const struct snapshot *snapshot,
		      bool *ret_kept, struct error *err) must_check;
bool recycle_image(struct call *call, const struct image *image, bool *ret_kept,
		   struct error *err) must_check;

/* Something of the caller's that is in the bin and may be restored yet;
 * FAULT_SNAPSHOT_NOT_FOUND, FAULT_IMAGE_NOT_FOUND. Texts in the arena. */
bool recycle_find_snapshot(const struct call *call, const char *id,
			   struct arena *arena, struct snapshot *ret_snapshot,
			   struct error *err) must_check;
bool recycle_find_image(const struct call *call, const char *id,
			struct arena *arena, struct image *ret_image,
			struct error *err) must_check;

/* Takes it out of the bin, with its tags and permissions; that for all stays
 * behind where the account blocks it by now. An image needs its snapshots,
 * FAULT_SNAPSHOT_NOT_FOUND, and its name, FAULT_IMAGE_NAME_DUPLICATE. */
bool recycle_restore_snapshot(struct call *call, const char *id,
			      struct arena *arena,
			      struct snapshot *ret_snapshot, struct error *err)
	must_check;
bool recycle_restore_image(struct call *call, const char *id, struct error *err)
	must_check;

/* Deletes for good whatever has been in the bin for as long as it is kept,
 * each thing in a transaction of its own; files go with layers_reap(). */
bool recycle_sweep(struct call *call, struct error *err) must_check;

#endif
