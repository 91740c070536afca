/* region.h - other stores, as the regions that snapshots and images come from
 *
 * A region is a store of its own under a name, with ids of its own; far.h says
 * how it is asked. Nothing is launched or attached across; CopySnapshot and
 * CopyImage with SourceRegion read from there, and never write. Who runs this
 * store must be able to read that one: its registry, for rows, and its layers.
 * Its rows say who may see what, as everywhere (images/authorise.h): an
 * account's number is the same account in all regions.
 *
 * A copy is a pending snapshot here at once, and a job fills it:
 *
 *   rows    snapshot (pending, without a layer), where it comes from, and the
 *           job with the name of the layer to be, in one transaction
 *   layer   made on the copy of the nearest layer of the same lineage, if there
 *           is one here under the same key; then its row, and the snapshot's
 *   blocks  of 512 KiB, each that differs from what the layer shows already:
 *           by the digest lists of both stores, by the bytes where a list is
 *           not made yet; where the source or the copy is encrypted, digests
 *           are keyed, and what is here is held against those of the source.
 *           Where the layer stands on a copy of what the source stands on,
 *           only what the region has written since is looked at.
 *           What was carried is checked against its digest.
 *   rows    layer frozen, snapshot completed, images on it available
 *
 * Nothing of the layer is seen before that, unless somebody wants to stand on
 * it sooner (CreateVolume, RunInstances): then the job lets go of it, the layer
 * becomes one that is filled (images/fill.h, fillregion.c), by the same
 * comparison, and the snapshot is pending and "fills" until that is done. A
 * copy that would be begun on one that fills waits for it.
 *
 * Keys stay where they are: a block is read with those of the other store and
 * written under one of this store's, and is plain in memory alone. Once a copy
 * has begun it needs nobody's leave any more; a key that is deleted, there or
 * here, ends it.
 *
 * Who dies in it leaves the job: the next one finds by the same comparison
 * which blocks are there. While the other store cannot be opened it is tried
 * again every few seconds. A source that is gone makes the copy "error", and
 * so does one that was damaged each of some times that it was tried; who stands
 * on it has what is here, and an I/O error where something is not.
 */
#ifndef QAMI_IMAGES_REGION_H
#define QAMI_IMAGES_REGION_H

#include "images/authorise.h"
#include "images/encrypt.h"
#include "images/far.h"
#include "images/registry/region.h"

/* Whether a region may have that name: FAULT_INVALID_PARAMETER for one that is
 * none or is taken. */
bool region_name_check(const struct call *call, const char *name,
		       struct error *err) must_check;

/* Names a store that is not this one itself: a directory, or what
 * images/farssh.h takes. It has to be there now. FAULT_REGION_NOT_FOUND where
 * there is no such directory, FAULT_INVALID_PARAMETER for a name that is none
 * or is taken, and those of opening it. */
bool region_add(struct call *call, const char *name, const char *place,
		struct error *err) must_check;

/* Forgets it; what was copied stays. FAULT_REGION_NOT_FOUND when there is none,
 * FAULT_INCORRECT_STATE while something is being copied from it. */
bool region_remove(struct call *call, const char *name, struct error *err)
	must_check;

/* Opens a region to copy from, for the caller to close.
 * FAULT_INVALID_PARAMETER for an unknown one. */
bool region_open(const struct call *call, const char *name,
		 struct far **ret_far, struct error *err) must_check;

/* Begins a copy of a completed snapshot of a region, which the caller may see
 * there, encrypted as encrypt_plan_copy() said: `id` is pending when this
 * returns. Within the caller's transaction. */
bool region_copy_begin(struct call *call, const char *region,
		       const struct snapshot *source, struct sealing *sealing,
		       const char *id, const char *description,
		       struct error *err) must_check;

/* Whether a snapshot is such a copy, pending, and may not be stood on yet. */
bool region_copy_pends(const struct call *call, const struct snapshot *snapshot,
		       bool *ret_pends, struct error *err) must_check;

/* Sees to it that such a copy may be stood on (snapshot.h: fills), before all
 * of it is here; true also when it is none any more. FAULT_INCORRECT_STATE when
 * that cannot be now, of which the log says why; FAULT_UNAVAILABLE when whoever
 * is at it does not let go, FAULT_VOLUME_CAPACITY. */
bool region_copy_fill(struct call *call, const char *id, struct error *err)
	must_check;

/* The same of all copies that a pending image stands on; with DryRun the first
 * of them ends in DryRunOperation. */
bool region_copy_fill_image(struct call *call, const struct image *image,
			    struct error *err) must_check;

/* One round of the job that carries it. */
bool region_copy_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err) must_check;

#endif
