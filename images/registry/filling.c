/* filling.c - the filling table */
#include "images/registry/filling.h"

#include "images/registry/db-private.h"

#define SELECT                                                                 \
	"SELECT f.layer, f.kind, f.account, f.place, f.object, f.version, "    \
	"f.disk, f.blocks, f.filled, f.state, f.message, f.started "           \
	"FROM filling AS f "

/* The layers from one up, by their names. */
#define ABOVE                                                                  \
	"WITH RECURSIVE above (at) AS (SELECT ?1 UNION ALL "                   \
	"SELECT name FROM above JOIN layer ON parent = at) "

static void filling_read(struct stmt *stmt, struct arena *arena,
			 struct filling *ret)
{
	*ret = (struct filling){
		.layer = column_str(stmt, 0, arena),
		.kind = column_str(stmt, 1, arena),
		.account = column_str(stmt, 2, arena),
		.place = column_str(stmt, 3, arena),
		.object = column_str(stmt, 4, arena),
		.version = column_str(stmt, 5, arena),
		.disk = column_int(stmt, 6),
		.blocks = column_int(stmt, 7),
		.filled = column_int(stmt, 8),
		.state = column_str(stmt, 9, arena),
		.message = column_str(stmt, 10, arena),
		.started = column_int(stmt, 11),
	};
}

static bool filling_one(struct stmt *stmt, struct arena *arena,
			struct filling *ret_filling, bool *ret_found,
			struct error *err)
{
	if (!stmt_found(stmt, ret_found, err))
		return false;
	if (*ret_found)
		filling_read(stmt, arena, ret_filling);
	return true;
}

bool filling_insert(struct db *db, const struct filling *filling,
		    struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO filling (layer, kind, account, place, "
		      "object, version, disk, blocks, filled, state, started) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "ssssssiiisi", filling->layer, filling->kind,
		      filling->account, filling->place, filling->object,
		      filling->version, filling->disk, filling->blocks,
		      filling->filled, filling->state, filling->started);
}

bool filling_get(struct db *db, const char *layer, struct arena *arena,
		 struct filling *ret_filling, bool *ret_found,
		 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT "JOIN layer AS l ON l.name = f.layer "
				"WHERE f.layer = ? AND l.state <> 'doomed'",
			 err, "s", layer) &&
	       filling_one(&stmt, arena, ret_filling, ret_found, err);
}

bool filling_below(struct db *db, const char *layer, struct arena *arena,
		   struct filling *ret_filling, bool *ret_found,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	/* where none is filled, no chain is walked */
	return stmt_open(
		       &stmt, db,
		       "WITH RECURSIVE chain (at) AS ("
		       "SELECT ? WHERE EXISTS (SELECT 1 FROM filling) "
		       "UNION ALL SELECT parent FROM chain "
		       "JOIN layer ON name = at WHERE parent IS NOT NULL) " SELECT
		       "JOIN chain ON at = f.layer "
		       "WHERE f.state <> 'full'",
		       err, "s", layer) &&
	       filling_one(&stmt, arena, ret_filling, ret_found, err);
}

bool filling_reads(struct db *db, const char *object, bool *ret_reads,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM filling WHERE kind = 'archive' "
			 "AND object = ? AND state <> 'full'",
			 err, "s", object) &&
	       stmt_found(&stmt, ret_reads, err);
}

bool filling_snapshots(struct db *db, const char *layer, struct arena *arena,
		       const struct filling_snapshot **ret_snapshots,
		       size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct filling_snapshot *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       ABOVE "SELECT id, layer FROM snapshot WHERE fills "
			     "AND layer IN (SELECT at FROM above) ORDER BY seq",
		       err, "s", layer))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		all[count++] = (struct filling_snapshot){
			column_str(&stmt, 0, arena),
			column_str(&stmt, 1, arena),
		};
	}
	*ret_snapshots = all;
	*ret_count = count;
	return found == 0;
}

bool filling_set_progress(struct db *db, const char *layer, int64_t blocks,
			  int64_t filled, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE filling SET blocks = ?2, filled = ?3 "
		      "WHERE layer = ?1",
		      err, "sii", layer, blocks, filled) &&
	       db_run(db, NULL,
		      ABOVE "UPDATE snapshot SET progress = "
			    "min(99, iif(?2, ?3 * 100 / ?2, 0)) "
			    "WHERE fills AND layer IN (SELECT at FROM above)",
		      err, "sii", layer, blocks, filled);
}

bool filling_set_state(struct db *db, const char *layer, const char *state,
		       const char *message, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE filling SET state = ?2, message = ?3 "
		      "WHERE layer = ?1",
		      err, "sss", layer, state, message);
}

bool filling_delete(struct db *db, const char *layer, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM filling WHERE layer = ?", err, "s",
		      layer);
}

bool filling_rate(struct db *db, const char *layer, int64_t *ret_rate,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       ABOVE "SELECT coalesce(max(v.initialization_rate), 0) "
			     "FROM volume AS v JOIN above ON at = v.layer",
		       err, "s", layer) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_rate = column_int(&stmt, 0);
	return true;
}
