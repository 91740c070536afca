/* tier.c - the snapshot_tier and archive_object tables */
#include "images/registry/tier.h"

#include "images/registry/query-private.h"

#define SELECT                                                               \
	"SELECT t.seq, t.id, t.owner, t.volume, t.state, t.tier, a.status, " \
	"a.detail, a.object, a.progress, a.days, a.started, a.archived, "    \
	"a.expires FROM snapshot AS t "                                      \
	"LEFT JOIN snapshot_tier AS a ON a.snapshot = t.id"

#define SELECT_OBJECT                                                      \
	"SELECT id, place, account, disk_key, size, bytes, \"full\", "     \
	"digest, created FROM archive_object"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "snapshot-id", "t.id" },
		{ "volume-id", "t.volume" },
		{ "last-tiering-operation", "a.status" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void tier_read(struct stmt *stmt, struct arena *arena,
		      struct snapshot_tier *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->snapshot = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->volume = column_str(stmt, 3, arena);
	ret->state = column_str(stmt, 4, arena);
	ret->tier = column_str(stmt, 5, arena);
	ret->status = column_str(stmt, 6, arena);
	ret->detail = column_str(stmt, 7, arena);
	ret->object = column_str(stmt, 8, arena);
	ret->progress = column_int(stmt, 9);
	ret->days = column_int(stmt, 10);
	ret->started = column_int(stmt, 11);
	ret->archived = column_int(stmt, 12);
	ret->expires = column_int(stmt, 13);
}

ROWS_DEFINE(tier, snapshot_tier)

static void object_read(struct stmt *stmt, struct arena *arena,
			struct archive_object *ret)
{
	ret->id = column_str(stmt, 0, arena);
	ret->place = column_str(stmt, 1, arena);
	ret->account = column_str(stmt, 2, arena);
	ret->disk_key = column_str(stmt, 3, arena);
	ret->size = column_int(stmt, 4);
	ret->bytes = column_int(stmt, 5);
	ret->full = column_int(stmt, 6);
	column_bytes(stmt, 7, ret->digest, sizeof(ret->digest));
	ret->created = column_int(stmt, 8);
}

ROWS_DEFINE(object, archive_object)

bool snapshot_tier_get(struct db *db, const char *snapshot, struct arena *arena,
		       struct snapshot_tier *ret_tier, bool *ret_found,
		       struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s",
			 snapshot) &&
	       tier_one(&stmt, arena, ret_tier, ret_found, err);
}

bool snapshot_tier_list(struct db *db, const struct query *query,
			bool (*row)(void *data,
				    const struct snapshot_tier *tier,
				    struct error *err),
			void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, "t.bin_until IS NULL",
			    err) &&
	       tier_each(&stmt, row, data, err);
}

static bool count_one(struct stmt *stmt, int64_t *ret_count, struct error *err)
{
	bool found;

	if (!stmt_found(stmt, &found, err))
		return false;
	*ret_count = found ? column_int(stmt, 0) : 0;
	return true;
}

bool snapshot_tier_count(struct db *db, const char *account,
			 enum tier_count which, int64_t *ret_count,
			 struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT count(*) FROM snapshot_tier AS a "
			 "JOIN snapshot AS t ON t.id = a.snapshot "
			 "WHERE t.owner = ?1 AND iif(?2, "
			 "a.status = 'archival-in-progress', a.status IN "
			 "('temporary-restore-in-progress', "
			 "'permanent-restore-in-progress'))",
			 err, "sb", account, which == TIER_ARCHIVING) &&
	       count_one(&stmt, ret_count, err);
}

bool snapshot_tier_of_volume(struct db *db, const char *account,
			     const char *volume, int64_t *ret_count,
			     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT count(*) FROM snapshot AS t "
			 "JOIN snapshot_tier AS a ON t.id = a.snapshot "
			 "WHERE t.volume = ?2 AND t.owner = ?1 "
			 "AND a.object IS NOT NULL",
			 err, "ss", account, volume) &&
	       count_one(&stmt, ret_count, err);
}

bool snapshot_tier_set(struct db *db, const struct snapshot_tier *tier,
		       struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO snapshot_tier (snapshot, object, status, "
		      "detail, progress, started, days, archived, expires) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
		      "ON CONFLICT (snapshot) DO UPDATE SET "
		      "object = excluded.object, status = excluded.status, "
		      "detail = excluded.detail, "
		      "progress = excluded.progress, "
		      "started = excluded.started, days = excluded.days, "
		      "archived = excluded.archived, "
		      "expires = excluded.expires",
		      err, "ssssiinnn", tier->snapshot, tier->object,
		      tier->status, tier->detail, tier->progress,
		      (int64_t)tier->started, tier->days,
		      (int64_t)tier->archived, (int64_t)tier->expires);
}

bool snapshot_tier_set_progress(struct db *db, const char *snapshot,
				int64_t percent, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE snapshot_tier SET progress = ?2 "
		      "WHERE snapshot = ?1",
		      err, "si", snapshot, percent);
}

bool snapshot_tier_expired(struct db *db, usec_t now, struct arena *arena,
			   const char *const **ret_ids, size_t *ret_count,
			   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT snapshot FROM snapshot_tier AS a "
			 "WHERE expires <= ? AND NOT EXISTS (SELECT 1 "
			 "FROM image_mapping AS m JOIN image AS i "
			 "ON i.id = m.image WHERE m.snapshot = a.snapshot "
			 "AND i.state NOT IN ('deregistered', 'disabled'))",
			 err, "i", (int64_t)now) &&
	       stmt_strs(&stmt, arena, ret_ids, ret_count, err);
}

bool archive_object_insert(struct db *db, const struct archive_object *object,
			   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO archive_object (id, place, account, "
		      "disk_key, size, created) VALUES (?, ?, ?, ?, ?, ?)",
		      err, "ssssii", object->id, object->place, object->account,
		      object->disk_key, object->size, (int64_t)object->created);
}

bool archive_object_get(struct db *db, const char *id, struct arena *arena,
			struct archive_object *ret_object, bool *ret_found,
			struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT_OBJECT " WHERE id = ?", err, "s",
			 id) &&
	       object_one(&stmt, arena, ret_object, ret_found, err);
}

bool archive_object_list(struct db *db,
			 bool (*row)(void *data,
				     const struct archive_object *object,
				     struct error *err),
			 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT_OBJECT " ORDER BY created, id", err,
			 "") &&
	       object_each(&stmt, row, data, err);
}

bool archive_object_set(struct db *db, const struct archive_object *object,
			struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE archive_object SET bytes = ?2, \"full\" = ?3, "
		      "digest = ?4 WHERE id = ?1",
		      err, "siid", object->id, object->bytes, object->full,
		      object->digest, sizeof(object->digest));
}

bool archive_object_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM archive_object WHERE id = ?", err,
		      "s", id);
}

bool archive_object_total(struct db *db, uint64_t *ret_bytes, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int64_t bytes = 0;

	if (!stmt_open(&stmt, db,
		       "SELECT coalesce(sum(bytes), 0) FROM archive_object",
		       err, "") ||
	    !count_one(&stmt, &bytes, err))
		return false;
	*ret_bytes = (uint64_t)bytes;
	return true;
}

bool snapshot_tier_faults(struct db *db,
			  void (*found)(void *data, const char *subject,
					const char *text),
			  void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_stmt stmt = STMT_INIT;
	int row;

	if (!arena)
		return fail_memory(err);
	if (!stmt_open(&stmt, db,
		       "SELECT t.id, iif(t.tier = 'archive', iif(t.layer IS "
		       "NULL, 'it is archived, and in no object', 'it is "
		       "archived, and has a layer'), 'it has no layer') "
		       "FROM snapshot AS t "
		       "LEFT JOIN snapshot_tier AS a ON a.snapshot = t.id "
		       "LEFT JOIN archive_object AS o ON o.id = a.object "
		       "WHERE t.state = 'completed' AND ((t.tier = 'standard' "
		       "AND t.layer IS NULL) OR (t.tier = 'archive' "
		       "AND (t.layer IS NOT NULL OR o.bytes IS NULL))) "
		       "UNION ALL SELECT o.id, 'no snapshot is in it' "
		       "FROM archive_object AS o WHERE NOT EXISTS "
		       "(SELECT 1 FROM snapshot_tier WHERE object = o.id) "
		       "AND NOT EXISTS (SELECT 1 FROM op "
		       "WHERE state IN ('intent', 'fired') "
		       "AND instr(payload, o.id))",
		       err, ""))
		return false;
	while ((row = stmt_step(&stmt, err)) > 0)
		found(data, column_str(&stmt, 0, arena),
		      column_str(&stmt, 1, arena));
	return row == 0;
}
