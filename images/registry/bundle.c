/* bundle.c - the image_bundle table, and the cache's users among the scratch
 * disks
 */
#include "images/registry/bundle.h"

#include "images/registry/db-private.h"

bool image_bundle_insert(struct db *db, const char *image,
			 const struct image_bundle *bundle, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO image_bundle (image, digest, size) "
		      "VALUES (?, ?, ?)",
		      err, "ssi", image, bundle->digest, bundle->size);
}

bool image_bundle_get(struct db *db, const char *image, struct arena *arena,
		      struct image_bundle *ret_bundle, bool *ret_found,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT digest, size FROM image_bundle WHERE image = ?",
		       err, "s", image))
		return false;
	found = stmt_step(&stmt, err);
	*ret_found = found > 0;
	if (found > 0) {
		ret_bundle->digest = column_str(&stmt, 0, arena);
		ret_bundle->size = column_int(&stmt, 1);
	}
	return found >= 0;
}

bool cache_used(struct db *db, const char *digest, bool *ret_used,
		struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM scratch JOIN instance AS i "
			 "ON i.id = instance WHERE cache = ? "
			 "AND i.state <> 'terminated' LIMIT 1",
			 err, "s", digest) &&
	       stmt_found(&stmt, ret_used, err);
}

bool scratch_each(struct db *db,
		  bool (*row)(void *data, const char *instance,
			      const char *file, const char *below,
			      const char *cache, bool there, struct error *err),
		  void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!arena)
		return fail_memory(err);
	if (!stmt_open(&stmt, db,
		       "SELECT instance, file, below, cache, i.state IN "
		       "('running', 'stopping') FROM scratch "
		       "JOIN instance AS i ON i.id = instance "
		       "WHERE i.state <> 'terminated'",
		       err, ""))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0)
		if (!row(data, column_str(&stmt, 0, arena),
			 column_str(&stmt, 1, arena),
			 column_str(&stmt, 2, arena),
			 column_str(&stmt, 3, arena), column_int(&stmt, 4),
			 err))
			return false;
	return found == 0;
}
