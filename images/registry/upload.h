/* upload.h - snapshots that are being written block by block
 *
 * The columns of the snapshot table that only those have, and the table of the
 * blocks that were written into each.
 */
#ifndef QAMI_REGISTRY_UPLOAD_H
#define QAMI_REGISTRY_UPLOAD_H

#include <stdint.h>

#include "images/base/clock.h"
#include "images/base/digest.h"
#include "images/registry/db.h"

struct upload {
	usec_t expires;	    /* 0: the snapshot was not begun this way */
	int64_t timeout;    /* minutes; 0: it is being completed */
	const char *parent; /* the snapshot it started from, or NULL */
};

/* Marks a pending snapshot, whose row is there, as one that is written. */
bool upload_insert(struct db *db, const char *snapshot,
		   const struct upload *upload, struct error *err) must_check;

/* What is known of a snapshot that is there. */
bool upload_get(struct db *db, const char *snapshot, struct arena *arena,
		struct upload *ret_upload, struct error *err) must_check;

/* Sets when it expires, unless it is being completed. */
bool upload_extend(struct db *db, const char *snapshot, usec_t expires,
		   struct error *err) must_check;

/* Takes no more blocks from now on. */
bool upload_close(struct db *db, const char *snapshot, struct error *err)
	must_check;

/* Forgets all blocks of a snapshot. */
bool upload_clear(struct db *db, const char *snapshot, struct error *err)
	must_check;

/* It failed: the state is "error", there is no layer and no block. Whose layer
 * it was, which the caller releases, is in the arena. */
bool upload_fail(struct db *db, const char *snapshot, struct arena *arena,
		 const char **ret_layer, struct error *err) must_check;

/* The id of a pending snapshot that expired before `now`, the next after
 * `after` ("" to begin with); NULL when there is none. */
bool upload_expired(struct db *db, usec_t now, const char *after,
		    struct arena *arena, const char **ret_snapshot,
		    struct error *err) must_check;

/* A block was written: its SHA-256, replacing an earlier one. */
bool upload_block_set(struct db *db, const char *snapshot, uint64_t block,
		      const uint8_t digest[SHA256_SIZE], struct error *err)
	must_check;

/* What it says now is not known any more. */
bool upload_block_forget(struct db *db, const char *snapshot, uint64_t block,
			 struct error *err) must_check;

bool upload_block_get(struct db *db, const char *snapshot, uint64_t block,
		      uint8_t ret_digest[SHA256_SIZE], bool *ret_found,
		      struct error *err) must_check;

/* Calls `row` for each block that was written, in order. */
bool upload_blocks(struct db *db, const char *snapshot,
		   bool (*row)(void *data, uint64_t block,
			       const uint8_t digest[SHA256_SIZE],
			       struct error *err),
		   void *data, struct error *err) must_check;

#endif
