/* filling.h - the filling table: layers whose bytes are still being fetched */
#ifndef QAMI_REGISTRY_FILLING_H
#define QAMI_REGISTRY_FILLING_H

#include "images/base/clock.h"
#include "images/registry/db.h"

/* Where the bytes come from is told by its kind; what that does not have is
 * NULL. */
struct filling {
	const char *layer;
	const char *kind;    /* "archive", "bucket" or "region" */
	const char *account; /* whose bucket it is, or who copies; NULL */
	const char *place;   /* the bucket ("s3://…" on a server), or the
			      * region's name; NULL */
	const char *object;  /* the archive's object, by its id, the bucket's,
			      * by its key, or the snapshot there */
	const char *version; /* what the object, or the snapshot's content, is
			      * known by; NULL */
	int64_t disk;	     /* of the object's, from 0 */
	int64_t blocks;	     /* that are to be fetched; 0: not counted yet */
	int64_t filled;	     /* that are there, and durable */
	const char *state;   /* "filling", "impaired" (the source cannot be read
			      * now), "failed" (nor ever) or "full" */
	const char *message; /* why it is impaired, or has failed; or NULL */
	usec_t started;
};

bool filling_insert(struct db *db, const struct filling *filling,
		    struct error *err) must_check;

/* By its layer; *ret_found is false when there is none, or the layer is
 * doomed. */
bool filling_get(struct db *db, const char *layer, struct arena *arena,
		 struct filling *ret_filling, bool *ret_found,
		 struct error *err) must_check;

/* The one that a layer stands on or is, at the bottom of its chain, until it is
 * full; *ret_found is false when there is none. */
bool filling_below(struct db *db, const char *layer, struct arena *arena,
		   struct filling *ret_filling, bool *ret_found,
		   struct error *err) must_check;

/* Whether an object of the archive is read by any. */
bool filling_reads(struct db *db, const char *object, bool *ret_reads,
		   struct error *err) must_check;

/* The snapshots that are pending until a layer is full (snapshot.h: fills):
 * those that show it, and what stands on it. Their ids and layers, in the
 * arena. */
struct filling_snapshot {
	const char *id;
	const char *layer;
};
bool filling_snapshots(struct db *db, const char *layer, struct arena *arena,
		       const struct filling_snapshot **ret_snapshots,
		       size_t *ret_count, struct error *err) must_check;

/* How far it is; the snapshots that are pending for it are as far. */
bool filling_set_progress(struct db *db, const char *layer, int64_t blocks,
			  int64_t filled, struct error *err) must_check;
bool filling_set_state(struct db *db, const char *layer, const char *state,
		       const char *message, struct error *err) must_check;
bool filling_delete(struct db *db, const char *layer, struct error *err)
	must_check;

/* The highest initialization rate of the volumes that stand on a layer, MiB/s;
 * 0 when none asked for one. */
bool filling_rate(struct db *db, const char *layer, int64_t *ret_rate,
		  struct error *err) must_check;

#endif
