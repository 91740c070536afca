/* region.c - the region and region_copy tables */
#include "images/registry/region.h"

#include "images/registry/db-private.h"

#define SELECT "SELECT name, place, created FROM region"
#define SELECT_COPY                                                            \
	"SELECT snapshot, region, source, layer, volume FROM region_copy"

static void region_read(struct stmt *stmt, struct arena *arena,
			struct region *ret)
{
	ret->name = column_str(stmt, 0, arena);
	ret->place = column_str(stmt, 1, arena);
	ret->created = column_int(stmt, 2);
}

ROWS_DEFINE(region, region)

static void copy_read(struct stmt *stmt, struct arena *arena,
		      struct region_copy *ret)
{
	ret->snapshot = column_str(stmt, 0, arena);
	ret->region = column_str(stmt, 1, arena);
	ret->source = column_str(stmt, 2, arena);
	ret->layer = column_str(stmt, 3, arena);
	ret->volume = column_str(stmt, 4, arena);
}

bool region_insert(struct db *db, const struct region *region,
		   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO region (name, place, created) "
		      "VALUES (?, ?, ?)",
		      err, "ssi", region->name, region->place,
		      (int64_t)region->created);
}

bool region_delete(struct db *db, const char *name, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM region WHERE name = ?", err, "s",
		      name);
}

bool region_get(struct db *db, const char *name, struct arena *arena,
		struct region *ret_region, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE name = ?", err, "s", name) &&
	       region_one(&stmt, arena, ret_region, ret_found, err);
}

bool region_rows(struct db *db,
		 bool (*row)(void *data, const struct region *region,
			     struct error *err),
		 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " ORDER BY name", err, "") &&
	       region_each(&stmt, row, data, err);
}

bool region_copy_insert(struct db *db, const struct region_copy *copy,
			struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO region_copy (snapshot, region, source, "
		      "layer, volume) VALUES (?, ?, ?, ?, ?)",
		      err, "sssss", copy->snapshot, copy->region, copy->source,
		      copy->layer, copy->volume);
}

bool region_copy_get(struct db *db, const char *snapshot, struct arena *arena,
		     struct region_copy *ret_copy, bool *ret_found,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db, SELECT_COPY " WHERE snapshot = ?", err, "s",
		       snapshot) ||
	    !stmt_found(&stmt, ret_found, err))
		return false;
	if (*ret_found)
		copy_read(&stmt, arena, ret_copy);
	return true;
}

/* The first column of the first row, or NULL. */
static bool first_text(struct stmt *stmt, struct arena *arena,
		       const char **ret_text, struct error *err)
{
	bool found;

	if (!stmt_found(stmt, &found, err))
		return false;
	*ret_text = found ? column_str(stmt, 0, arena) : NULL;
	return true;
}

bool region_copy_of_layer(struct db *db, const char *region, const char *layer,
			  const char *kms_key, struct arena *arena,
			  const char **ret_layer, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT s.layer FROM region_copy AS c JOIN snapshot "
			 "AS s ON s.id = c.snapshot WHERE c.region = ?1 AND "
			 "c.layer = ?2 AND s.kms_key IS ?3 "
			 "AND s.state = 'completed' UNION ALL "
			 "SELECT s.layer FROM region_published AS p JOIN "
			 "snapshot AS s ON s.id = p.snapshot WHERE "
			 "p.region = ?1 AND p.content = ?2 AND "
			 "s.kms_key IS ?3 LIMIT 1",
			 err, "sss", region, layer, kms_key) &&
	       first_text(&stmt, arena, ret_layer, err);
}

bool region_copy_fills(struct db *db, const char *region, const char *layer,
		       const char *kms_key, bool *ret_fills, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM region_copy AS c JOIN snapshot AS s "
			 "ON s.id = c.snapshot WHERE c.region = ? "
			 "AND c.layer = ? AND s.kms_key IS ? AND s.fills",
			 err, "sss", region, layer, kms_key) &&
	       stmt_found(&stmt, ret_fills, err);
}

bool region_copy_of_volume(struct db *db, const char *region,
			   const char *volume, const char *kms_key,
			   struct arena *arena, const char **ret_layer,
			   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT s.layer FROM region_copy AS c JOIN snapshot "
			 "AS s ON s.id = c.snapshot WHERE c.region = ? AND "
			 "c.volume = ? AND s.kms_key IS ? "
			 "AND s.state = 'completed' "
			 "ORDER BY s.seq DESC LIMIT 1",
			 err, "sss", region, volume, kms_key) &&
	       first_text(&stmt, arena, ret_layer, err);
}

bool region_busy(struct db *db, const char *region, bool *ret_busy,
		 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM region_copy AS c JOIN snapshot AS s "
			 "ON s.id = c.snapshot WHERE c.region = ?1 "
			 "AND s.state = 'pending' UNION ALL "
			 "SELECT 1 FROM filling WHERE kind = 'region' "
			 "AND place = ?1 "
			 "AND state IN ('filling', 'impaired') LIMIT 1",
			 err, "s", region) &&
	       stmt_found(&stmt, ret_busy, err);
}

bool region_copy_set_layer(struct db *db, const char *snapshot,
			   const char *layer, struct error *err)
{
	return db_run(db, NULL, "UPDATE snapshot SET layer = ? WHERE id = ?",
		      err, "ss", layer, snapshot);
}

bool region_copy_set_filling(struct db *db, const char *snapshot,
			     struct error *err)
{
	return db_run(db, NULL, "UPDATE snapshot SET fills = 1 WHERE id = ?",
		      err, "s", snapshot);
}

#define ON_SNAPSHOT                                                            \
	"WHERE state = 'pending' AND id IN (SELECT image FROM image_mapping "  \
	"WHERE snapshot = ?) "
#define OF_IMAGE                                                               \
	"(SELECT 1 FROM image_mapping AS m JOIN snapshot AS s "                \
	"ON s.id = m.snapshot WHERE m.image = image.id AND s.state "

bool region_images_settle(struct db *db, const char *snapshot,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image SET state = 'available' " ON_SNAPSHOT
		      "AND NOT EXISTS " OF_IMAGE "<> 'completed')",
		      err, "s", snapshot) &&
	       db_run(db, NULL,
		      "UPDATE image SET state = 'failed' " ON_SNAPSHOT
		      "AND EXISTS " OF_IMAGE "= 'error')",
		      err, "s", snapshot);
}
