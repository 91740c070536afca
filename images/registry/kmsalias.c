/* kmsalias.c - the kms_alias table */
#include "images/registry/kmsalias.h"

#include "images/registry/db-private.h"

#define SELECT "SELECT seq, owner, name, key, created FROM kms_alias"

static void alias_read(struct stmt *stmt, struct arena *arena,
		       struct kms_alias *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->owner = column_str(stmt, 1, arena);
	ret->name = column_str(stmt, 2, arena);
	ret->key = column_str(stmt, 3, arena);
	ret->created = column_int(stmt, 4);
}

ROWS_DEFINE(alias, kms_alias)

bool kms_alias_insert(struct db *db, const struct kms_alias *alias,
		      struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO kms_alias (owner, name, key, created) "
		      "VALUES (?, ?, ?, ?)",
		      err, "sssi", alias->owner, alias->name, alias->key,
		      alias->created);
}

bool kms_alias_get(struct db *db, const char *owner, const char *name,
		   struct arena *arena, struct kms_alias *ret_alias,
		   bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE owner = ? AND name = ?", err,
			 "ss", owner, name) &&
	       alias_one(&stmt, arena, ret_alias, ret_found, err);
}

bool kms_alias_list(struct db *db, const char *owner, const char *key,
		    int64_t after, int64_t most,
		    bool (*row)(void *data, const struct kms_alias *alias,
				struct error *err),
		    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE owner = ?1 "
				"AND (?2 IS NULL OR key = ?2) AND seq > ?3 "
				"ORDER BY seq LIMIT ?4",
			 err, "ssii", owner, key, after, most) &&
	       alias_each(&stmt, row, data, err);
}

bool kms_alias_count(struct db *db, const char *key, int64_t *ret_count,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM kms_alias WHERE key = ?", err, "s",
		       key) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool kms_alias_delete(struct db *db, const char *owner, const char *name,
		      struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM kms_alias WHERE owner = ? AND name = ?", err,
		      "ss", owner, name);
}
