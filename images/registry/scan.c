/* scan.c - the scan table */
#include "images/registry/scan.h"

#include "images/registry/db-private.h"

bool scan_row_get(struct db *db, const char *subject, int64_t rules,
		  struct arena *arena, const char **ret_result,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT result FROM scan WHERE subject = ? "
		       "AND rules = ?",
		       err, "si", subject, rules))
		return false;
	found = stmt_step(&stmt, err);
	if (found < 0)
		return false;
	*ret_result = found ? column_str(&stmt, 0, arena) : NULL;
	return !found || *ret_result || fail_memory(err);
}

bool scan_row_set(struct db *db, const char *subject, int64_t rules, usec_t now,
		  const char *result, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR REPLACE INTO scan "
		      "(subject, rules, scanned, result) VALUES (?, ?, ?, ?)",
		      err, "siis", subject, rules, (int64_t)now, result);
}
