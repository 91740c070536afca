/* modification.c - the modification table
 *
 * All rows of a volume are kept: EC2 shows the last one, and counts how many
 * there were in a day.
 */
#include "images/registry/modification.h"

#include "images/registry/query-private.h"
#include "images/registry/quota.h"

#define SELECT                                                             \
	"SELECT t.seq, t.volume, t.state, t.message, t.size, t.type, "     \
	"t.iops, t.throughput, t.original_size, t.original_type, "         \
	"t.original_iops, t.original_throughput, t.started, t.ended FROM " \
	"modification AS t"

static const struct listing listing = {
	.select = SELECT " JOIN volume AS v ON v.id = t.volume",
	.visible = "v.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "modification-state", "t.state" },
		{ "original-iops", "t.original_iops || ''" },
		{ "original-size", "t.original_size || ''" },
		{ "original-volume-type", "t.original_type" },
		{ "originalMultiAttachEnabled", "'false'" },
		{ "start-time", SQL_TIME("t.started") },
		{ "target-iops", "t.iops || ''" },
		{ "target-size", "t.size || ''" },
		{ "target-volume-type", "t.type" },
		{ "targetMultiAttachEnabled", "'false'" },
		{ "volume-id", "t.volume" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.volume",
	.owner = "v.owner",
};

static void shape_read(struct stmt *stmt, int column, struct arena *arena,
		       struct volume_shape *ret)
{
	ret->size = column_int(stmt, column);
	ret->type = column_str(stmt, column + 1, arena);
	ret->iops = column_int(stmt, column + 2);
	ret->throughput = column_int(stmt, column + 3);
}

static void modification_read(struct stmt *stmt, struct arena *arena,
			      struct modification *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->volume = column_str(stmt, 1, arena);
	ret->state = column_str(stmt, 2, arena);
	ret->message = column_str(stmt, 3, arena);
	shape_read(stmt, 4, arena, &ret->target);
	shape_read(stmt, 8, arena, &ret->original);
	ret->started = column_int(stmt, 12);
	ret->ended = column_int(stmt, 13);
}

ROWS_DEFINE(modification, modification)

/* What grows is held against the quota of whose it is. */
static bool hold_growth(struct db *db, const char *volume, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	char owner[16];
	bool found;

	if (!stmt_open(&stmt, db, "SELECT owner FROM volume WHERE id = ?", err,
		       "s", volume) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	column_copy(&stmt, 0, owner, sizeof(owner));
	return quota_hold_rows(db, owner, QUOTA_STORAGE, err);
}

bool modification_insert(struct db *db, struct modification *modification,
			 struct error *err)
{
	const struct volume_shape *to = &modification->target;
	const struct volume_shape *from = &modification->original;

	if (!db_run(db, NULL,
		    "INSERT INTO modification (volume, state, message, size, "
		    "type, iops, throughput, original_size, original_type, "
		    "original_iops, original_throughput, started, ended) "
		    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    err, "sssisnnisnnin", modification->volume,
		    modification->state, modification->message, to->size,
		    to->type, to->iops, to->throughput, from->size, from->type,
		    from->iops, from->throughput, modification->started,
		    modification->ended))
		return false;
	modification->seq = sqlite3_last_insert_rowid(db_raw(db));
	return to->size == from->size ||
	       hold_growth(db, modification->volume, err);
}

bool modification_get(struct db *db, const char *volume, struct arena *arena,
		      struct modification *ret_modification, bool *ret_found,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT
			 " WHERE t.volume = ? ORDER BY t.seq DESC LIMIT 1",
			 err, "s", volume) &&
	       modification_one(&stmt, arena, ret_modification, ret_found, err);
}

bool modification_count(struct db *db, const char *volume, usec_t since,
			usec_t until, int64_t *ret_count, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM modification WHERE volume = ? "
		       "AND started BETWEEN ? AND ? AND state <> 'failed'",
		       err, "sii", volume, since, until))
		return false;
	found = stmt_step(&stmt, err);
	if (found > 0)
		*ret_count = column_int(&stmt, 0);
	return found >= 0;
}

bool modification_end(struct db *db, int64_t seq, const char *state,
		      const char *message, usec_t now, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE modification SET state = ?2, message = ?3, "
		      "ended = ?4 WHERE seq = ?1",
		      err, "issi", seq, state, message, now);
}

bool modification_list(struct db *db, const struct query *query,
		       bool (*row)(void *data,
				   const struct modification *modification,
				   struct error *err),
		       void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query,
			    "t.seq IN (SELECT max(seq) FROM modification "
			    "GROUP BY volume)",
			    err) &&
	       modification_each(&stmt, row, data, err);
}
