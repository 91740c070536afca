/* regiondepot.c - the region_depot, region_seen and region_published
 * tables
 */
#include "images/registry/regiondepot.h"

#include "images/registry/db-private.h"

#define SELECT                                                                 \
	"SELECT region, place, account, sealed FROM region_depot "             \
	"JOIN region ON name = region"

static void depot_read(struct stmt *stmt, struct arena *arena,
		       struct region_depot *ret)
{
	ret->region = column_str(stmt, 0, arena);
	ret->place = column_str(stmt, 1, arena);
	ret->account = column_str(stmt, 2, arena);
	column_bytes(stmt, 3, ret->sealed.bytes, sizeof(ret->sealed.bytes));
}

ROWS_DEFINE(depot, region_depot)

bool region_depot_insert(struct db *db, const struct region_depot *depot,
			 struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO region_depot (region, account, sealed) "
		      "VALUES (?, ?, ?)",
		      err, "ssd", depot->region, depot->account,
		      depot->sealed.bytes, sizeof(depot->sealed.bytes));
}

bool region_depot_get(struct db *db, const char *region, struct arena *arena,
		      struct region_depot *ret_depot, bool *ret_found,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE region = ?", err, "s",
			 region) &&
	       depot_one(&stmt, arena, ret_depot, ret_found, err);
}

bool region_depot_list(struct db *db,
		       bool (*row)(void *data, const struct region_depot *depot,
				   struct error *err),
		       void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " ORDER BY region", err, "") &&
	       depot_each(&stmt, row, data, err);
}

bool region_seen_get(struct db *db, const char *region, const char *id,
		     int64_t *ret_serial, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       "SELECT serial FROM region_seen "
		       "WHERE region = ? AND id = ?",
		       err, "ss", region, id) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	*ret_serial = found ? column_int(&stmt, 0) : 0;
	return true;
}

bool region_seen_note(struct db *db, const char *region, const char *id,
		      int64_t serial, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO region_seen (region, id, serial) "
		      "VALUES (?, ?, ?) ON CONFLICT (region, id) "
		      "DO UPDATE SET serial = excluded.serial "
		      "WHERE excluded.serial > serial",
		      err, "ssi", region, id, serial);
}

bool region_published_note(struct db *db, const char *region,
			   const char *content, const char *snapshot,
			   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO region_published (region, content, "
		      "snapshot) SELECT name, ?2, id FROM region, snapshot "
		      "WHERE name = ?1 AND id = ?3 ON CONFLICT DO NOTHING",
		      err, "sss", region, content, snapshot);
}

bool region_content_of(struct db *db, const char *region, const char *layer,
		       struct arena *arena, const char **ret_content,
		       struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       "SELECT p.content FROM snapshot AS s "
		       "JOIN region_published AS p ON p.snapshot = s.id "
		       "WHERE s.layer = ?1 AND p.region = ?2 UNION ALL "
		       "SELECT c.layer FROM snapshot AS s "
		       "JOIN region_copy AS c ON c.snapshot = s.id "
		       "WHERE s.layer = ?1 AND c.region = ?2 "
		       "AND s.state = 'completed' LIMIT 1",
		       err, "ss", layer, region) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	*ret_content = found ? column_str(&stmt, 0, arena) : NULL;
	return true;
}
