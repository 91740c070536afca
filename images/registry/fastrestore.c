/* fastrestore.c - the fast_restore and fast_layer tables */
#include "images/registry/fastrestore.h"

#include "images/registry/query-private.h"

#define SELECT                                                                \
	"SELECT t.seq, t.snapshot, s.size, t.zone, t.zone_id, t.owner, "      \
	"t.state, t.enabling, t.optimizing, t.due, t.enabled, t.disabling, "  \
	"t.disabled, t.credits, t.counted FROM fast_restore AS t "            \
	"JOIN snapshot AS s ON s.id = t.snapshot"
#define ACTIVE "IN ('enabling', 'optimizing', 'enabled')"

/* Whose account may no longer use its snapshot. */
#define REVOKED                                                              \
	"state " ACTIVE " AND NOT EXISTS (SELECT 1 FROM snapshot AS s "      \
	"WHERE s.id = fast_restore.snapshot AND s.owner = fast_restore.owner) "           \
	"AND NOT EXISTS (SELECT 1 FROM snapshot_granted AS g "               \
	"WHERE g.snapshot = fast_restore.snapshot "                          \
	"AND g.grantee IN ('all', fast_restore.owner))"

/* Which is enabled by ?1: its time is over, as time_over() has it, and its
 * layer there; and since when. */
#define RIPE                                                         \
	"state = 'optimizing' AND (due <= ?1 OR optimizing > ?1) "   \
	"AND EXISTS (SELECT 1 FROM fast_layer AS l "                 \
	"WHERE l.snapshot = fast_restore.snapshot AND l.built)"
#define SINCE                                                        \
	"min(?1, max(due, (SELECT built FROM fast_layer AS l "       \
	"WHERE l.snapshot = fast_restore.snapshot)))"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "availability-zone", "t.zone" },
		{ "availability-zone-id", "t.zone_id" },
		{ "owner-id", "t.owner" },
		{ "snapshot-id", "t.snapshot" },
		{ "state", "t.state" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.snapshot",
	.owner = "t.owner",
};

static void fast_restore_read(struct stmt *stmt, struct arena *arena,
			      struct fast_restore *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->snapshot = column_str(stmt, 1, arena);
	ret->size = column_int(stmt, 2);
	ret->zone = column_str(stmt, 3, arena);
	ret->zone_id = column_str(stmt, 4, arena);
	ret->owner = column_str(stmt, 5, arena);
	ret->state = column_str(stmt, 6, arena);
	ret->enabling = column_int(stmt, 7);
	ret->optimizing = column_int(stmt, 8);
	ret->due = column_int(stmt, 9);
	ret->enabled = column_int(stmt, 10);
	ret->disabling = column_int(stmt, 11);
	ret->disabled = column_int(stmt, 12);
	ret->credits = column_int(stmt, 13);
	ret->counted = column_int(stmt, 14);
}

ROWS_DEFINE(fast_restore, fast_restore)

bool fast_restore_set(struct db *db, const struct fast_restore *restore,
		      struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO fast_restore (snapshot, zone, zone_id, "
		      "owner, state, enabling, optimizing, due, enabled, "
		      "disabling, disabled, credits, counted) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
		      "ON CONFLICT (snapshot, zone, owner) DO UPDATE SET "
		      "state = excluded.state, enabling = excluded.enabling, "
		      "optimizing = excluded.optimizing, due = excluded.due, "
		      "enabled = excluded.enabled, "
		      "disabling = excluded.disabling, "
		      "disabled = excluded.disabled, "
		      "credits = excluded.credits, counted = excluded.counted",
		      err, "sssssinnnnnin", restore->snapshot, restore->zone,
		      restore->zone_id, restore->owner, restore->state,
		      restore->enabling, restore->optimizing, restore->due,
		      restore->enabled, restore->disabling, restore->disabled,
		      restore->credits, restore->counted);
}

bool fast_restore_get(struct db *db, const char *snapshot, const char *zone,
		      const char *owner, struct arena *arena,
		      struct fast_restore *ret_restore, bool *ret_found,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE t.snapshot = ? AND t.zone = ? "
				"AND t.owner = ?",
			 err, "sss", snapshot, zone, owner) &&
	       fast_restore_one(&stmt, arena, ret_restore, ret_found, err);
}

bool fast_restore_list(struct db *db, const struct query *query,
		       bool (*row)(void *data,
				   const struct fast_restore *restore,
				   struct error *err),
		       void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       fast_restore_each(&stmt, row, data, err);
}

bool fast_restore_count(struct db *db, const char *owner, int64_t *ret_count,
			struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	*ret_count = 0;
	if (!stmt_open(&stmt, db,
		       "SELECT count(DISTINCT snapshot) FROM fast_restore "
		       "WHERE owner = ? AND state " ACTIVE,
		       err, "s", owner) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool fast_restore_active(struct db *db, const char *snapshot,
			 struct arena *arena,
			 const struct fast_restore **ret_restores,
			 size_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct fast_restore *all = NULL;
	size_t count = 0;
	int found;

	if (!stmt_open(&stmt, db,
		       SELECT " WHERE t.state <> 'disabled' "
			      "AND (?1 = '' OR t.snapshot = ?1) ORDER BY t.seq",
		       err, "s", snapshot ? snapshot : ""))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		fast_restore_read(&stmt, arena, &all[count++]);
	}
	*ret_restores = all;
	*ret_count = count;
	return found == 0;
}

bool fast_restore_stale(struct db *db, usec_t now, usec_t forget,
			bool *ret_stale, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM fast_restore WHERE (" RIPE
			 ") OR (" REVOKED ") OR (state = 'disabled' "
			 "AND disabled < ?2) LIMIT 1",
			 err, "ii", now, forget) &&
	       stmt_found(&stmt, ret_stale, err);
}

bool fast_restore_ripen(struct db *db, usec_t now, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE fast_restore SET state = 'enabled', "
		      "enabled = " SINCE ", credits = 0, counted = " SINCE
		      " WHERE " RIPE,
		      err, "i", now);
}

bool fast_restore_revoke(struct db *db, usec_t now, struct arena *arena,
			 const char *const **ret_snapshots, size_t *ret_count,
			 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "UPDATE fast_restore SET state = 'disabling', "
			 "disabling = ?1 WHERE " REVOKED " RETURNING snapshot",
			 err, "i", now) &&
	       stmt_strs(&stmt, arena, ret_snapshots, ret_count, err);
}

bool fast_restore_forget(struct db *db, usec_t before, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM fast_restore WHERE state = 'disabled' "
		      "AND disabled < ?",
		      err, "i", before);
}

bool fast_layer_get(struct db *db, const char *snapshot, struct arena *arena,
		    struct fast_layer *ret_layer, bool *ret_found,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT snapshot, layer, built FROM fast_layer "
		       "WHERE snapshot = ?",
		       err, "s", snapshot) ||
	    !stmt_found(&stmt, ret_found, err))
		return false;
	if (!*ret_found)
		return true;
	ret_layer->snapshot = column_str(&stmt, 0, arena);
	ret_layer->layer = column_str(&stmt, 1, arena);
	ret_layer->built = column_int(&stmt, 2);
	return ret_layer->snapshot || fail_memory(err);
}

bool fast_layer_insert(struct db *db, const char *snapshot, const char *layer,
		       struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO fast_layer (snapshot, layer) VALUES (?, ?)",
		      err, "ss", snapshot, layer);
}

bool fast_layer_set_built(struct db *db, const char *snapshot, usec_t when,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE fast_layer SET built = ?2 WHERE snapshot = ?1",
		      err, "si", snapshot, when);
}

bool fast_layer_delete(struct db *db, const char *snapshot, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM fast_layer WHERE snapshot = ?",
		      err, "s", snapshot);
}
