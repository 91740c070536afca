/* account.c - the account table */
#include "images/registry/account.h"

#include <string.h>

#include "images/registry/db-private.h"

#define SELECT "SELECT id, name, user, created FROM account"

static void account_read(struct stmt *stmt, struct arena *arena,
			 struct account *ret)
{
	ret->id = column_str(stmt, 0, arena);
	ret->name = column_str(stmt, 1, arena);
	ret->user = sqlite3_column_type(stmt->raw, 2) == SQLITE_NULL ?
			    ACCOUNT_NOBODY :
			    (uid_t)column_int(stmt, 2);
	ret->created = column_int(stmt, 3);
}

ROWS_DEFINE(account, account)

bool account_valid(const char *id)
{
	return strlen(id) == 12 && strspn(id, "0123456789") == 12;
}

bool account_ensure(struct db *db, const char *id, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db, "SELECT 1 FROM account WHERE id = ?", err,
		       "s", id))
		return false;
	found = stmt_step(&stmt, err);
	if (found)
		return found > 0;
	return db_run(db, NULL,
		      "INSERT OR IGNORE INTO account (id, created) "
		      "VALUES (?, ?)",
		      err, "si", id, clock_now());
}

bool account_set(struct db *db, const struct account *account,
		 struct error *err)
{
	if (account->user == ACCOUNT_NOBODY)
		return db_run(db, NULL,
			      "UPDATE account SET name = ? WHERE id = ?", err,
			      "ss", account->name, account->id);
	return db_run(
		db, NULL, "UPDATE account SET name = ?, user = ? WHERE id = ?",
		err, "sis", account->name, (int64_t)account->user, account->id);
}

bool account_get(struct db *db, const char *id, struct arena *arena,
		 struct account *ret_account, bool *ret_found,
		 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE id = ?", err, "s", id) &&
	       account_one(&stmt, arena, ret_account, ret_found, err);
}

bool account_named(struct db *db, const char *name, struct arena *arena,
		   struct account *ret_account, bool *ret_found,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE name = ?", err, "s", name) &&
	       account_one(&stmt, arena, ret_account, ret_found, err);
}

bool account_with_user(struct db *db, uid_t user, struct arena *arena,
		       struct account *ret_account, bool *ret_found,
		       struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE user = ?", err, "i",
			 (int64_t)user) &&
	       account_one(&stmt, arena, ret_account, ret_found, err);
}

bool account_list(struct db *db,
		  bool (*row)(void *data, const struct account *account,
			      struct error *err),
		  void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " ORDER BY id", err, "") &&
	       account_each(&stmt, row, data, err);
}

bool ebs_default_get(struct db *db, const char *account, struct arena *arena,
		     struct ebs_default *ret_default, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	*ret_default = (struct ebs_default){ .kms_key = NULL };
	if (!stmt_open(&stmt, db,
		       "SELECT ebs_encryption, ebs_kms_key FROM account "
		       "WHERE id = ?",
		       err, "s", account) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	if (found) {
		ret_default->encrypted = column_int(&stmt, 0);
		ret_default->kms_key = column_str(&stmt, 1, arena);
	}
	return true;
}

bool ebs_default_set(struct db *db, const char *account,
		     const struct ebs_default *value, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE account SET ebs_encryption = ?2, "
		      "ebs_kms_key = ?3 WHERE id = ?1",
		      err, "sbs", account, value->encrypted, value->kms_key);
}
