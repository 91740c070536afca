/* tier.h - the archive tier: snapshots that are kept and not used
 *
 * ModifySnapshotTier makes one object of all that a snapshot shows, which
 * stands for itself, and lets go of its layer: neighbours in its lineage keep
 * what they need of that, as when it is deleted. RestoreSnapshotTier makes a
 * layer of the object, that stands on none. A temporary restore keeps the
 * object, so that going back costs nothing when its days are over.
 *
 * What AWS allows: a completed snapshot of one's own, which no registered image
 * stands on but a disabled one. It loses who it was shared with when it is
 * archived, and nothing is made of it until it is restored.
 */
#ifndef QAMI_IMAGES_TIER_H
#define QAMI_IMAGES_TIER_H

#include "images/call.h"
#include "images/registry/journal.h"
#include "images/registry/snapshot.h"
#include "images/registry/tier.h"

/* AWS's quotas. */
#define TIER_VOLUME_MOST 25    /* archived snapshots of a volume */
#define TIER_ARCHIVING_MOST 25 /* of an account, at a time */
#define TIER_RESTORING_MOST 5

#define TIER_DAYS_MOST 180
#define TIER_DAY (24LL * 3600 * USEC_PER_SEC)

/* AWS bills an archived snapshot for 90 days at least: until when one is that
 * was archived then. */
usec_t tier_least(usec_t archived);

/* Begins to archive a snapshot; *ret_started is when. One that is restored for
 * some days goes back at once. FAULT_INCORRECT_STATE when it is not completed,
 * archived already or on its way; FAULT_SNAPSHOT_IN_USE while a registered
 * image stands on it; FAULT_RESOURCE_LIMIT for AWS's quotas; those of
 * disk_key_open() for what it is encrypted with, and of archive_place(). */
bool tier_archive(struct call *call, const char *id, usec_t *ret_started,
		  struct error *err) must_check;

/* Begins to restore an archived snapshot, for some days or (0) for good; of one
 * that is restored for some days that is changed at once. FAULT_INCORRECT_STATE
 * when it is not archived or on its way, FAULT_RESOURCE_LIMIT for AWS's quota,
 * those of disk_key_open() for what it is sealed with and of archive_delay().
 */
bool tier_restore(struct call *call, const char *id, int64_t days,
		  usec_t *ret_started, struct error *err) must_check;

/* The jobs of both, and the one that removes an object. */
bool tier_archive_job(struct call *call, const struct op *op, usec_t *ret_due,
		      struct error *err) must_check;
bool tier_restore_job(struct call *call, const struct op *op, usec_t *ret_due,
		      struct error *err) must_check;
bool tier_remove_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err) must_check;

/* Archives again what was restored for some days, when they are over. Costs
 * one look at an index. What a registered image stands on waits for that. */
bool tier_expire(struct call *call, struct error *err) must_check;

/* Before a snapshot's row goes, within the caller's transaction: what is in the
 * archive of it will be removed. */
bool tier_forget(struct call *call, const char *id, struct error *err)
	must_check;

/* FAULT_INCORRECT_STATE for an archived snapshot. */
bool tier_check(const struct snapshot *snapshot, struct error *err) must_check;

/* FAULT_INCORRECT_STATE when an image cannot be enabled, as a snapshot of it is
 * archived, or was restored for some days only. */
bool tier_check_image(struct call *call, const char *image, struct error *err)
	must_check;

/* Makes a frozen layer, that no row names yet, of an object, with its digest
 * list: every block is checked first. What somebody who died has made of it
 * goes. FAULT_INVALID_PARAMETER, with a sentence, for an object that is not
 * what was archived. `watch` is told how far it is and may be NULL. */
struct parcel_watch;
bool tier_fill(struct call *call, const struct archive_object *object,
	       const char *layer, const struct parcel_watch *watch,
	       struct error *err) must_check;

/* Reads an object and checks all of it that can be checked without a key:
 * FAULT_INVALID_PARAMETER says what is wrong. */
bool tier_verify(struct call *call, const struct archive_object *object,
		 struct error *err) must_check;

#endif
