/* accesskey.c - the access_key table */
#include "images/registry/accesskey.h"

#include "images/registry/db-private.h"

#define SELECT \
	"SELECT seq, id, account, secret, active, created FROM access_key"

static void key_read(struct stmt *stmt, struct arena *arena,
		     struct access_key *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->account = column_str(stmt, 2, arena);
	ret->secret = column_str(stmt, 3, arena);
	ret->active = column_int(stmt, 4);
	ret->created = column_int(stmt, 5);
}

ROWS_DEFINE(key, access_key)

bool access_key_insert(struct db *db, const struct access_key *key,
		       struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO access_key (id, account, secret, active, "
		      "created) VALUES (?, ?, ?, ?, ?)",
		      err, "sssbi", key->id, key->account, key->secret,
		      key->active, key->created);
}

bool access_key_get(struct db *db, const char *id, struct arena *arena,
		    struct access_key *ret_key, bool *ret_found,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE id = ?", err, "s", id) &&
	       key_one(&stmt, arena, ret_key, ret_found, err);
}

bool access_key_list(struct db *db, const char *account,
		     bool (*row)(void *data, const struct access_key *key,
				 struct error *err),
		     void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE account = ? ORDER BY seq",
			 err, "s", account) &&
	       key_each(&stmt, row, data, err);
}

bool access_key_count(struct db *db, const char *account, int64_t *ret_count,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM access_key WHERE account = ?", err,
		       "s", account) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool access_key_set(struct db *db, const char *id, bool active,
		    struct error *err)
{
	return db_run(db, NULL, "UPDATE access_key SET active = ? WHERE id = ?",
		      err, "bs", active, id);
}

bool access_key_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM access_key WHERE id = ?", err, "s",
		      id);
}
