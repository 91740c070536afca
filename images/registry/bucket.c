/* bucket.c - the bucket table */
#include "images/registry/bucket.h"

#include "images/registry/db-private.h"

bool bucket_row_insert(struct db *db, const char *name, const char *owner,
		       usec_t created, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO bucket (name, owner, created) "
		      "VALUES (?, ?, ?)",
		      err, "ssi", name, owner, created);
}

bool bucket_row_owner(struct db *db, const char *name, struct arena *arena,
		      const char **ret_owner, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db, "SELECT owner FROM bucket WHERE name = ?",
		       err, "s", name))
		return false;
	found = stmt_step(&stmt, err);
	if (found < 0)
		return false;
	*ret_owner = found ? column_str(&stmt, 0, arena) : NULL;
	return true;
}

bool bucket_row_delete(struct db *db, const char *name, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM bucket WHERE name = ?", err, "s",
		      name);
}

bool bucket_rows(struct db *db, const char *owner, struct arena *arena,
		 const struct bucket_row **ret_rows, size_t *ret_count,
		 struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct bucket_row *rows = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT name, created FROM bucket WHERE owner = ? "
		       "ORDER BY name",
		       err, "s", owner))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		rows = arena_more(arena, rows, count, sizeof(*rows));
		if (!rows)
			return fail_memory(err);
		rows[count++] = (struct bucket_row){
			.name = column_str(&stmt, 0, arena),
			.created = column_int(&stmt, 1),
		};
	}
	if (found < 0)
		return false;
	*ret_rows = rows;
	*ret_count = count;
	return true;
}
