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
		 const char ***ret_names, size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	const char **names = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT name FROM bucket WHERE owner = ? ORDER BY name",
		       err, "s", owner))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		names = arena_more(arena, names, count, sizeof(*names));
		if (!names)
			return fail_memory(err);
		names[count++] = column_str(&stmt, 0, arena);
	}
	if (found < 0)
		return false;
	*ret_names = names;
	*ret_count = count;
	return true;
}
