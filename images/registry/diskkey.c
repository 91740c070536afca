/* diskkey.c - the disk_key table */
#include "images/registry/diskkey.h"

#include "images/registry/db-private.h"

#define SELECT "SELECT id, kms_key, sealed, created FROM disk_key"

/* Nothing in the archive is sealed with it. */
#define UNARCHIVED                                                \
	"AND NOT EXISTS (SELECT 1 FROM archive_object AS object " \
	"WHERE object.disk_key = disk_key.id) "

static void key_read(struct stmt *stmt, struct arena *arena,
		     struct disk_key *ret)
{
	ret->id = column_str(stmt, 0, arena);
	ret->kms_key = column_str(stmt, 1, arena);
	column_bytes(stmt, 2, ret->sealed.bytes, sizeof(ret->sealed.bytes));
	ret->created = column_int(stmt, 3);
}

ROWS_DEFINE(key, disk_key)

bool disk_key_insert(struct db *db, const struct disk_key *key,
		     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO disk_key (id, kms_key, sealed, created) "
		      "VALUES (?, ?, ?, ?)",
		      err, "ssdi", key->id, key->kms_key, key->sealed.bytes,
		      sizeof(key->sealed.bytes), key->created);
}

bool disk_key_get(struct db *db, const char *id, struct arena *arena,
		  struct disk_key *ret_key, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE id = ?", err, "s", id) &&
	       key_one(&stmt, arena, ret_key, ret_found, err);
}

bool disk_key_list(struct db *db,
		   bool (*row)(void *data, const struct disk_key *key,
			       struct error *err),
		   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " ORDER BY created, id", err, "") &&
	       key_each(&stmt, row, data, err);
}

bool disk_key_forget(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM disk_key WHERE id = ? "
		      "AND NOT EXISTS (SELECT 1 FROM layer "
		      "WHERE layer.disk_key = disk_key.id) " UNARCHIVED,
		      err, "s", id);
}

bool disk_key_sweep(struct db *db, usec_t before, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM disk_key WHERE created < ? "
		      "AND NOT EXISTS (SELECT 1 FROM layer "
		      "WHERE layer.disk_key = disk_key.id) " UNARCHIVED
		      "AND NOT EXISTS (SELECT 1 FROM op "
		      "WHERE op.state IN ('intent', 'fired') "
		      "AND instr(op.payload, disk_key.id))",
		      err, "i", (int64_t)before);
}
