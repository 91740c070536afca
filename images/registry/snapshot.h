/* snapshot.h - the snapshot table: names for frozen layers, and who may use
 * them
 */
#ifndef QAMI_REGISTRY_SNAPSHOT_H
#define QAMI_REGISTRY_SNAPSHOT_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct snapshot {
	int64_t seq; /* set by listings; the order of creation */
	const char *id;
	const char *owner;
	const char *layer;	 /* NULL: it is archived, or not begun */
	const char *volume;	 /* what it was taken of; vol-ffffffff: none */
	int64_t size;		 /* GiB */
	const char *description; /* "" when none was given */
	const char *state;	 /* "pending", "completed" or "error" */
	usec_t created;
	usec_t completed;     /* read only; 0: not yet */
	const char *imported; /* the format of the file that ImportSnapshot made
			       * it of; or NULL */
	bool deleting; /* read only: it was deleted while it was pending */
	const char *kms_key;   /* what it is encrypted under; NULL: plain */
	const char *kms_owner; /* read only: that key's account */
	int64_t progress;      /* read only: percent, while it is pending */
	const char *message;   /* read only: why it is "error"; or NULL */
	const char *tier;      /* read only: "standard" or "archive" */
	usec_t expires;	       /* read only: when it is archived again; 0: never
				*/
	usec_t binned;	       /* read only: since when it is in the recycle
				* bin; 0: it is not */
	usec_t bin_until;      /* read only: when it goes from there for good */
	bool fills; /* it is pending until what it stands on is here, and may be
		     * stood on meanwhile (images/fill.h) */
	const char *lineage; /* read only: what it goes back to, by volumes
			      * and the snapshots that they were made of */
};

/* FAULT_SNAPSHOT_LIMIT: more of them than the owner's quota has. */
bool snapshot_insert(struct db *db, const struct snapshot *snapshot,
		     struct error *err) must_check;

/* By id, for anyone; *ret_found is false when there is none, or when it is in
 * the recycle bin. */
bool snapshot_get(struct db *db, const char *id, struct arena *arena,
		  struct snapshot *ret_snapshot, bool *ret_found,
		  struct error *err) must_check;

/* The same, in the recycle bin or not: for what is done to a snapshot whoever
 * may see it. */
bool snapshot_get_any(struct db *db, const char *id, struct arena *arena,
		      struct snapshot *ret_snapshot, bool *ret_found,
		      struct error *err) must_check;

/* One of those whose time in the recycle bin is over at `now`; *ret_id is NULL
 * when there is none. */
bool snapshot_bin_due(struct db *db, usec_t now, struct arena *arena,
		      const char **ret_id, struct error *err) must_check;

/* Puts a snapshot into the recycle bin, or, with 0 and 0, takes it out. */
bool snapshot_set_binned(struct db *db, const char *id, usec_t since,
			 usec_t until, struct error *err) must_check;

/* Calls `row` for each snapshot the account may see and the query asks for;
 * stops with its error when it returns false. The row lives for the call. */
bool snapshot_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct snapshot *snapshot,
			       struct error *err),
		   void *data, struct error *err) must_check;

/* "completed" is noted with the time. */
bool snapshot_set_state(struct db *db, const char *id, const char *state,
			usec_t now, struct error *err) must_check;

/* A pending snapshot is "error", and that is why. One that fills does so no
 * more. */
bool snapshot_set_failed(struct db *db, const char *id, const char *message,
			 struct error *err) must_check;

/* How much of a pending snapshot is there, in percent. */
bool snapshot_set_progress(struct db *db, const char *id, int64_t percent,
			   struct error *err) must_check;

/* Gives a pending snapshot the layer that it will show. */
bool snapshot_set_layer(struct db *db, const char *id, const char *layer,
			struct error *err) must_check;

/* Moves a snapshot to another tier; in the archive it has no layer (NULL). */
bool snapshot_set_tier(struct db *db, const char *id, const char *tier,
		       const char *layer, struct error *err) must_check;

/* Notes that a pending snapshot shall go when it completes. */
bool snapshot_set_deleting(struct db *db, const char *id, struct error *err)
	must_check;

/* Its permissions go with it; images in the recycle bin that stood on it have
 * lost it. */
bool snapshot_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Whether the account owns the snapshot or has a createVolumePermission. */
bool snapshot_usable(struct db *db, const char *id, const char *account,
		     bool *ret_usable, struct error *err) must_check;

/* createVolumePermissions; `grantee` is an account or "all". Granting twice or
 * revoking what was not granted is no error. */
bool snapshot_permission_add(struct db *db, const char *id, const char *grantee,
			     struct error *err) must_check;
bool snapshot_permission_remove(struct db *db, const char *id,
				const char *grantee, struct error *err)
	must_check;
bool snapshot_permission_clear(struct db *db, const char *id, struct error *err)
	must_check;
bool snapshot_permission_each(struct db *db, const char *id,
			      void (*row)(void *data, const char *grantee),
			      void *data, struct error *err) must_check;

/* The id of a registered image that uses the snapshot, other than `but` (NULL:
 * any), a disabled one too if these count; *ret_image is NULL when none does.
 */
bool snapshot_user(struct db *db, const char *id, const char *but,
		   bool disabled, struct arena *arena, const char **ret_image,
		   struct error *err) must_check;

#endif
