/* forward.c - the forward table */
#include "images/registry/forward.h"

#include "images/registry/db-private.h"

bool forward_set(struct db *db, const char *instance, uint16_t guest_port,
		 uint16_t host_port, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR REPLACE INTO forward (instance, guest_port, "
		      "host_port) VALUES (?, ?, ?)",
		      err, "sii", instance, (int64_t)guest_port,
		      (int64_t)host_port);
}

bool forward_get(struct db *db, const char *instance, uint16_t guest_port,
		 uint16_t *ret_host_port, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT host_port FROM forward WHERE instance = ? AND "
		       "guest_port = ?",
		       err, "si", instance, (int64_t)guest_port))
		return false;
	found = stmt_step(&stmt, err);
	if (found < 0)
		return false;
	*ret_host_port = found ? (uint16_t)column_int(&stmt, 0) : 0;
	return true;
}

bool forward_clear(struct db *db, const char *instance, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM forward WHERE instance = ?", err,
		      "s", instance);
}
