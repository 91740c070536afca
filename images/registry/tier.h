/* tier.h - the snapshot_tier and archive_object tables: which snapshots are
 * archived, and the objects that have what they show
 */
#ifndef QAMI_REGISTRY_TIER_H
#define QAMI_REGISTRY_TIER_H

#include "images/base/clock.h"
#include "images/base/digest.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

/* An object of the archive. */
struct archive_object {
	const char *id;
	const char *place; /* "": the store's own directory; "/…": another one;
			    * else a bucket, as bucket.h's locations are */
	const char *account;  /* whose bucket it is */
	const char *disk_key; /* what it is sealed with; NULL: it is plain */
	int64_t size;	      /* of the disk, bytes */
	int64_t bytes;	      /* its own; 0: it is not whole yet */
	int64_t full;	      /* bytes of the blocks that the snapshot shows */
	uint8_t digest[SHA256_SIZE]; /* its last bytes */
	usec_t created;
};

/* What was last done about a snapshot's tier, and the snapshot itself. */
struct snapshot_tier {
	int64_t seq; /* the snapshot's */
	const char *snapshot;
	const char *owner;
	const char *volume;
	const char *state;  /* the snapshot's */
	const char *tier;   /* "standard" or "archive" */
	const char *status; /* EC2's word; NULL: nothing was ever done */
	const char *detail; /* why it failed; or NULL */
	const char *object; /* NULL: there is none in the archive */
	int64_t progress;   /* percent */
	int64_t days;	    /* of a temporary restore; 0: none */
	usec_t started;
	usec_t archived; /* when it was archived last; 0: never */
	usec_t expires;	 /* when it is archived again; 0: never */
};

/* Which of an account's are counted. */
enum tier_count {
	TIER_ARCHIVING, /* archives in progress */
	TIER_RESTORING, /* restores in progress */
};

/* By the snapshot's id, for anyone; *ret_found is false when there is no such
 * snapshot. */
bool snapshot_tier_get(struct db *db, const char *snapshot, struct arena *arena,
		       struct snapshot_tier *ret_tier, bool *ret_found,
		       struct error *err) must_check;

/* Calls `row` for each snapshot that the account owns and the query asks for.
 * The row lives for the call. */
bool snapshot_tier_list(struct db *db, const struct query *query,
			bool (*row)(void *data,
				    const struct snapshot_tier *tier,
				    struct error *err),
			void *data, struct error *err) must_check;

/* How many of an account's snapshots are on their way. */
bool snapshot_tier_count(struct db *db, const char *account,
			 enum tier_count which, int64_t *ret_count,
			 struct error *err) must_check;

/* How many snapshots of a volume are archived, or about to be. */
bool snapshot_tier_of_volume(struct db *db, const char *account,
			     const char *volume, int64_t *ret_count,
			     struct error *err) must_check;

/* Writes all of a snapshot's but what the snapshot table has. */
bool snapshot_tier_set(struct db *db, const struct snapshot_tier *tier,
		       struct error *err) must_check;
bool snapshot_tier_set_progress(struct db *db, const char *snapshot,
				int64_t percent, struct error *err) must_check;

/* The snapshots whose temporary restore is over by now, but for those that
 * images stand on; ids in the arena. */
bool snapshot_tier_expired(struct db *db, usec_t now, struct arena *arena,
			   const char *const **ret_ids, size_t *ret_count,
			   struct error *err) must_check;

bool archive_object_insert(struct db *db, const struct archive_object *object,
			   struct error *err) must_check;
bool archive_object_get(struct db *db, const char *id, struct arena *arena,
			struct archive_object *ret_object, bool *ret_found,
			struct error *err) must_check;
bool archive_object_list(struct db *db,
			 bool (*row)(void *data,
				     const struct archive_object *object,
				     struct error *err),
			 void *data, struct error *err) must_check;

/* The object is whole: its bytes, full and digest. */
bool archive_object_set(struct db *db, const struct archive_object *object,
			struct error *err) must_check;
bool archive_object_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* What all whole objects take together, in bytes. */
bool archive_object_total(struct db *db, uint64_t *ret_bytes, struct error *err)
	must_check;

/* What of the tables does not fit together: calls `found` with a snapshot or
 * an object, and why. */
bool snapshot_tier_faults(struct db *db,
			  void (*found)(void *data, const char *subject,
					const char *text),
			  void *data, struct error *err) must_check;

#endif
