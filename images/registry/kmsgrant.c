/* kmsgrant.c - the kms_grant table */
#include "images/registry/kmsgrant.h"

#include "images/registry/db-private.h"

static void grant_read(struct stmt *stmt, struct arena *arena,
		       struct kms_grant *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->key = column_str(stmt, 2, arena);
	ret->name = column_str(stmt, 3, arena);
	ret->grantee = column_str(stmt, 4, arena);
	ret->operations = column_int(stmt, 5);
	ret->created = column_int(stmt, 6);
}

ROWS_DEFINE(grant, kms_grant)

bool kms_grant_insert(struct db *db, const struct kms_grant *grant,
		      struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO kms_grant (id, key, name, grantee, "
		      "operations, created) VALUES (?, ?, ?, ?, ?, ?)",
		      err, "ssssii", grant->id, grant->key, grant->name,
		      grant->grantee, grant->operations, grant->created);
}

bool kms_grant_list(struct db *db, const struct kms_grant_query *query,
		    bool (*row)(void *data, const struct kms_grant *grant,
				struct error *err),
		    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT seq, id, key, name, grantee, operations, "
			 "created FROM kms_grant WHERE key = ?1 "
			 "AND (?2 IS NULL OR id = ?2) "
			 "AND (?3 IS NULL OR name = ?3) "
			 "AND (?4 IS NULL OR grantee = ?4) "
			 "AND ?5 IN (0, operations) "
			 "AND seq > ?6 ORDER BY seq LIMIT ?7",
			 err, "ssssiii", query->key, query->id, query->name,
			 query->grantee, query->operations, query->after,
			 query->most) &&
	       grant_each(&stmt, row, data, err);
}

bool kms_grant_count(struct db *db, const char *key, int64_t *ret_count,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM kms_grant WHERE key = ?", err, "s",
		       key) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool kms_grant_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM kms_grant WHERE id = ?", err, "s",
		      id);
}

bool kms_grant_allows(struct db *db, const char *key, const char *grantee,
		      enum kms_operation operation, bool *ret_allows,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM kms_grant WHERE key = ? "
			 "AND grantee = ? AND operations & ? LIMIT 1",
			 err, "ssi", key, grantee, INT64_C(1) << operation) &&
	       stmt_found(&stmt, ret_allows, err);
}
