/* tier-private.h - what calls about tiers and their jobs share */
#ifndef QAMI_IMAGES_TIER_PRIVATE_H
#define QAMI_IMAGES_TIER_PRIVATE_H

#include "images/base/secret.h"
#include "images/tier.h"

#define TIER_ARCHIVE "archive"
#define TIER_STANDARD "standard"

/* Each within the caller's transaction: the snapshot is archived, lets go of
 * its layer, and is shared with nobody any more; leaves a job behind that
 * removes an object, which no snapshot names then. */
bool tier_settle(struct call *call, const struct snapshot *snapshot,
		 struct error *err) must_check;
bool tier_discard(struct call *call, const char *object, struct arena *arena,
		  struct error *err) must_check;

/* A snapshot on its way, in either direction. */
struct moving {
	struct call *call;
	const struct op *op;
	struct arena *arena;
	struct snapshot snapshot;
	struct snapshot_tier tier;
	struct archive_object object; /* id NULL: there is no row */
	bool wanted; /* the snapshot is there, and waits for this job */
	usec_t told;
};

/* Reads the rows that the job is about, into its arena. */
bool moving_load(struct moving *moving, struct error *err) must_check;

/* A progress function: writes down how far that is, now and then. */
void moving_tell(void *data, uint64_t done, uint64_t total);

/* Writes down that a move came to nothing, and why. An object that was to be
 * made is no longer the snapshot's. */
bool moving_failed(struct moving *moving, const char *status, bool keeps_object,
		   const char *why, struct error *err) must_check;

/* Ends the job, within the caller's transaction. */
bool moving_end(struct moving *moving, const char *state, struct error *err)
	must_check;

/* Whether what failed is that the archive cannot be reached now: then the job
 * waits for it, and the error is cleared. */
bool moving_waits(struct error *err, usec_t *ret_due) must_check;

/* The key that an object is sealed with; *ret_key is NULL for none. */
bool tier_object_key(struct call *call, const struct archive_object *object,
		     struct secret *secret, const struct secret **ret_key,
		     struct error *err) must_check;

/* Opens an object, which has to be the one that was put there. */
bool tier_object_open(struct call *call, const struct archive_object *object,
		      int *ret_fd, struct error *err) must_check;

#endif
