/* kmskey.c - the kms_key table */
#include "images/registry/kmskey.h"

#include "images/registry/db-private.h"

#define SELECT                                                           \
	"SELECT seq, id, owner, manager, description, state, deletion, " \
	"sealed, created FROM kms_key"

static void key_read(struct stmt *stmt, struct arena *arena,
		     struct kms_key *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->manager = column_str(stmt, 3, arena);
	ret->description = column_str(stmt, 4, arena);
	ret->state = column_str(stmt, 5, arena);
	ret->deletion = column_int(stmt, 6);
	column_bytes(stmt, 7, ret->sealed.bytes, sizeof(ret->sealed.bytes));
	ret->created = column_int(stmt, 8);
}

ROWS_DEFINE(key, kms_key)

bool kms_key_insert(struct db *db, const struct kms_key *key, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO kms_key (id, owner, manager, description, "
		      "state, sealed, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
		      err, "sssssdi", key->id, key->owner, key->manager,
		      key->description, key->state, key->sealed.bytes,
		      sizeof(key->sealed.bytes), key->created);
}

bool kms_key_get(struct db *db, const char *id, struct arena *arena,
		 struct kms_key *ret_key, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE id = ?", err, "s", id) &&
	       key_one(&stmt, arena, ret_key, ret_found, err);
}

bool kms_key_default(struct db *db, const char *owner, struct arena *arena,
		     struct kms_key *ret_key, bool *ret_found,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE owner = ? AND manager = 'AWS'", err,
			 "s", owner) &&
	       key_one(&stmt, arena, ret_key, ret_found, err);
}

bool kms_key_list(struct db *db, const char *owner, usec_t now, int64_t after,
		  int64_t most,
		  bool (*row)(void *data, const struct kms_key *key,
			      struct error *err),
		  void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE (?1 IS NULL OR owner = ?1) "
				"AND state <> 'Deleted' "
				"AND (deletion IS NULL OR deletion > ?2) "
				"AND seq > ?3 ORDER BY seq LIMIT ?4",
			 err, "siii", owner, (int64_t)now, after, most) &&
	       key_each(&stmt, row, data, err);
}

bool kms_key_count(struct db *db, const char *owner, int64_t *ret_count,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM kms_key WHERE owner = ? "
		       "AND manager = 'CUSTOMER' AND state <> 'Deleted'",
		       err, "s", owner) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool kms_key_set_state(struct db *db, const char *id, const char *state,
		       usec_t deletion, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE kms_key SET state = ?2, deletion = ?3 "
		      "WHERE id = ?1",
		      err, "ssn", id, state, (int64_t)deletion);
}

bool kms_key_is_due(struct db *db, usec_t now, bool *ret_due, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, "SELECT 1 FROM kms_key WHERE deletion <= ?",
			 err, "i", (int64_t)now) &&
	       stmt_found(&stmt, ret_due, err);
}

#define DUE "(SELECT id FROM kms_key WHERE deletion <= ?)"

bool kms_key_erase(struct db *db, usec_t now, struct error *err)
{
	static const char aliases[] = "DELETE FROM kms_alias WHERE key IN " DUE;
	static const char grants[] = "DELETE FROM kms_grant WHERE key IN " DUE;

	return db_run(db, NULL, aliases, err, "i", (int64_t)now) &&
	       db_run(db, NULL, grants, err, "i", (int64_t)now) &&
	       db_run(db, NULL,
		      "UPDATE kms_key SET state = 'Deleted', sealed = NULL, "
		      "deletion = NULL WHERE deletion <= ?",
		      err, "i", (int64_t)now);
}
