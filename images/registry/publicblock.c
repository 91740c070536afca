/* publicblock.c - the public_block table */
#include "images/registry/publicblock.h"

#include <string.h>

#include "images/registry/db-private.h"

bool public_block_get(struct db *db, const char *account, const char *kind,
		      struct arena *arena, const char **ret_state,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT state FROM public_block WHERE account = ? "
		       "AND kind = ?",
		       err, "ss", account, kind))
		return false;
	found = stmt_step(&stmt, err);
	if (found < 0)
		return false;
	*ret_state = found ? column_str(&stmt, 0, arena) : "unblocked";
	return *ret_state || fail_memory(err);
}

bool public_block_set(struct db *db, const char *account, const char *kind,
		      const char *state, struct error *err)
{
	if (strcmp(state, "unblocked") == 0)
		return db_run(db, NULL,
			      "DELETE FROM public_block WHERE account = ? "
			      "AND kind = ?",
			      err, "ss", account, kind);
	return db_run(db, NULL,
		      "INSERT OR REPLACE INTO public_block "
		      "(account, kind, state) VALUES (?, ?, ?)",
		      err, "sss", account, kind, state);
}
