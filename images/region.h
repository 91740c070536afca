/* region.h - other stores, as the regions that snapshots and images come from
 *
 * A region is a store of its own under a name, with ids of its own. Nothing is
 * launched or attached across; CopySnapshot and CopyImage with SourceRegion
 * read from there, and never write. Who runs this store must be able to read
 * that one: its registry, for rows, and its layers. Its rows say who may see
 * what, as everywhere (images/authorise.h): an account's number is the same
 * account in all regions.
 *
 * A copy is a pending snapshot here at once, and a job fills it:
 *
 *   rows    snapshot (pending, without a layer), where it comes from, and the
 *           job with the name of the layer to be, in one transaction
 *   layer   made on the copy of the nearest layer of the same lineage, if there
 *           is one here under the same key; then its row, and the snapshot's
 *   blocks  of 512 KiB, each that differs from what the layer shows already:
 *           by the digest lists of both stores, by the bytes where a list is
 *           not made yet, or where the source or the copy is encrypted: their
 *           digests are keyed. What was carried is checked against its digest.
 *   rows    layer frozen, snapshot completed, images on it available
 *
 * Keys stay where they are: a block is read with those of the other store and
 * written under one of this store's, and is plain in memory alone. Once a copy
 * has begun it needs nobody's leave any more; a key that is deleted, there or
 * here, ends it.
 *
 * Who dies in it leaves the job: the next one finds by the same comparison
 * which blocks are there. While the other store cannot be opened it is tried
 * again every few seconds. A source that is gone makes the copy "error", and
 * so does one that was damaged each of some times that it was tried.
 */
#ifndef QAMI_IMAGES_REGION_H
#define QAMI_IMAGES_REGION_H

#include "images/authorise.h"
#include "images/encrypt.h"
#include "images/registry/region.h"

/* Names a store that is not this one itself. FAULT_REGION_NOT_FOUND where there
 * is no such directory, FAULT_INVALID_PARAMETER for a name that is none or is
 * taken. */
bool region_add(struct call *call, const char *name, const char *place,
		struct error *err) must_check;

/* Forgets it; what was copied stays. FAULT_REGION_NOT_FOUND when there is none,
 * FAULT_INCORRECT_STATE while something is being copied from it. */
bool region_remove(struct call *call, const char *name, struct error *err)
	must_check;

/* Opens the store of a region to read, and its layers: *ret_far is the caller
 * there, who may do nothing but read. The store is the caller's to close.
 * FAULT_INVALID_PARAMETER for an unknown region. */
bool region_open(const struct call *call, const char *name,
		 struct store **ret_store, struct call *ret_far,
		 struct error *err) must_check;

/* Begins a copy of a completed snapshot of a region, which the caller may see
 * there, encrypted as encrypt_plan_copy() said: `id` is pending when this
 * returns. Within the caller's transaction. */
bool region_copy_begin(struct call *call, const char *region,
		       const struct snapshot *source, struct sealing *sealing,
		       const char *id, const char *description,
		       struct error *err) must_check;

/* One round of the job that fills it. */
bool region_copy_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err) must_check;

#endif
