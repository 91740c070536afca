/* upload.c - snapshots that are being written block by block */
#include "images/registry/upload.h"

#include <string.h>

#include "images/registry/db-private.h"

bool upload_insert(struct db *db, const char *snapshot,
		   const struct upload *upload, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET expires = ?, timeout = ?, "
		      "parent = ? WHERE id = ?",
		      err, "iiss", upload->expires, upload->timeout,
		      upload->parent, snapshot);
}

bool upload_get(struct db *db, const char *snapshot, struct arena *arena,
		struct upload *ret_upload, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT expires, timeout, parent FROM snapshot "
		       "WHERE id = ?",
		       err, "s", snapshot) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	ret_upload->expires = column_int(&stmt, 0);
	ret_upload->timeout = column_int(&stmt, 1);
	ret_upload->parent = column_str(&stmt, 2, arena);
	return true;
}

bool upload_extend(struct db *db, const char *snapshot, usec_t expires,
		   struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot SET expires = ? WHERE id = ? "
		      "AND state = 'pending' AND timeout > 0",
		      err, "is", expires, snapshot);
}

bool upload_close(struct db *db, const char *snapshot, struct error *err)
{
	return db_run(db, NULL, "UPDATE snapshot SET timeout = 0 WHERE id = ?",
		      err, "s", snapshot);
}

bool upload_clear(struct db *db, const char *snapshot, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM snapshot_block WHERE snapshot = ?",
		      err, "s", snapshot);
}

bool upload_fail(struct db *db, const char *snapshot, struct arena *arena,
		 const char **ret_layer, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db, "SELECT layer FROM snapshot WHERE id = ?",
		       err, "s", snapshot) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_layer = column_str(&stmt, 0, arena);
	return db_run(db, NULL,
		      "UPDATE snapshot SET state = 'error', layer = NULL "
		      "WHERE id = ?",
		      err, "s", snapshot) &&
	       upload_clear(db, snapshot, err);
}

bool upload_expired(struct db *db, usec_t now, const char *after,
		    struct arena *arena, const char **ret_snapshot,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	/* every call asks this: it must never go through all snapshots, which
	 * the index of ids would do */
	if (!stmt_open(&stmt, db,
		       "SELECT id FROM snapshot INDEXED BY snapshot_expires "
		       "WHERE state = 'pending' AND expires < ? "
		       "AND timeout > 0 AND id > ? ORDER BY id LIMIT 1",
		       err, "is", now, after))
		return false;
	found = stmt_step(&stmt, err);
	*ret_snapshot = found > 0 ? column_str(&stmt, 0, arena) : NULL;
	return found >= 0;
}

bool upload_block_set(struct db *db, const char *snapshot, uint64_t block,
		      const uint8_t digest[SHA256_SIZE], struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR REPLACE INTO snapshot_block "
		      "(snapshot, block, digest) VALUES (?, ?, ?)",
		      err, "sid", snapshot, (int64_t)block,
		      (const void *)digest, (size_t)SHA256_SIZE);
}

bool upload_block_forget(struct db *db, const char *snapshot, uint64_t block,
			 struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM snapshot_block WHERE snapshot = ? "
		      "AND block = ?",
		      err, "si", snapshot, (int64_t)block);
}

bool upload_block_get(struct db *db, const char *snapshot, uint64_t block,
		      uint8_t ret_digest[SHA256_SIZE], bool *ret_found,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT digest FROM snapshot_block WHERE snapshot = ? "
		       "AND block = ?",
		       err, "si", snapshot, (int64_t)block))
		return false;
	found = stmt_step(&stmt, err);
	if (found > 0)
		column_bytes(&stmt, 0, ret_digest, SHA256_SIZE);
	*ret_found = found > 0;
	return found >= 0;
}

bool upload_blocks(struct db *db, const char *snapshot,
		   bool (*row)(void *data, uint64_t block,
			       const uint8_t digest[SHA256_SIZE],
			       struct error *err),
		   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	uint8_t digest[SHA256_SIZE];
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT block, digest FROM snapshot_block "
		       "WHERE snapshot = ? ORDER BY block",
		       err, "s", snapshot))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		column_bytes(&stmt, 1, digest, SHA256_SIZE);
		if (!row(data, (uint64_t)column_int(&stmt, 0), digest, err))
			return false;
	}
	return found == 0;
}
