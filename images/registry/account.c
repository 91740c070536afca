/* account.c - the account table */
#include "images/registry/account.h"

#include <string.h>

#include "images/registry/db-private.h"

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
		      "VALUES (?, unixepoch() * 1000000)",
		      err, "s", id);
}
