/* snapshotlock.c - the snapshot_lock table
 *
 * What state a lock is in is a matter of the time: it is worked out when it is
 * asked for, so that nothing has to happen when a time comes.
 */
#include "images/registry/snapshotlock.h"

#include "images/registry/query-private.h"

#define DAY "86400000000"
#define HOUR "3600000000"

/* time_after() */
#define LATER(sum) "min(" sum ", 253402300799999999)"
_Static_assert(TIME_MOST == 253402300799999999, "LATER has TIME_MOST");

/* `%1$lld` is the time that is asked about. */
#define SELECT                                                                 \
	"SELECT t.seq, t.id, t.owner, t.mode, t.created, t.days, t.until, "    \
	"t.cool_off, t.cooling, t.started, t.expires, t.cooled, t.state FROM " \
	"(SELECT *, CASE WHEN expires <= %1$lld THEN 'expired' "               \
	"WHEN cooled > %1$lld THEN 'compliance-cooloff' "                      \
	"ELSE mode END AS state FROM "                                         \
	"(SELECT *, coalesce(until, " LATER("started + days * " DAY) ") "      \
	"AS expires, " LATER("cooling + cool_off * " HOUR) " AS cooled FROM "  \
	"(SELECT seq, id, owner, l.mode, l.created, l.days, l.until, "         \
	"l.cool_off, l.cooling, iif(s.state = 'pending', NULL, "               \
	"max(l.created, coalesce(s.completed, 0))) AS started "                \
	"FROM snapshot_lock AS l JOIN snapshot AS s ON s.id = snapshot "       \
	"WHERE s.bin_until IS NULL))) AS t"

static const struct listing listing = {
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "lock-state", "t.state" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void lock_read(struct stmt *stmt, struct arena *arena,
		      struct snapshot_lock *ret)
{
	*ret = (struct snapshot_lock){
		.seq = column_int(stmt, 0),
		.id = column_str(stmt, 1, arena),
		.owner = column_str(stmt, 2, arena),
		.mode = column_str(stmt, 3, arena),
		.created = column_int(stmt, 4),
		.days = column_int(stmt, 5),
		.until = column_int(stmt, 6),
		.cool_off = column_int(stmt, 7),
		.cooling = column_int(stmt, 8),
		.started = column_int(stmt, 9),
		.expires = column_int(stmt, 10),
		.cooled = column_int(stmt, 11),
		.state = column_str(stmt, 12, arena),
	};
}

ROWS_DEFINE(lock, snapshot_lock)

bool snapshot_lock_put(struct db *db, const struct snapshot_lock *lock,
		       struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR REPLACE INTO snapshot_lock (snapshot, mode, "
		      "created, days, until, cool_off, cooling) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?)",
		      err, "ssiinnn", lock->id, lock->mode, lock->created,
		      lock->days, lock->until, lock->cool_off, lock->cooling);
}

bool snapshot_lock_drop(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM snapshot_lock WHERE snapshot = ?",
		      err, "s", id);
}

/* What the query asks for, of locks as they are at `now`. */
static bool lock_open(struct stmt *stmt, struct db *db,
		      const struct query *query, usec_t now, struct error *err)
{
	struct listing here = listing;
	auto_buf select = BUF_INIT;

	buf_printf(&select, SELECT, (long long)now);
	if (select.broken)
		return fail_memory(err);
	here.select = buf_text(&select);
	return listing_open(stmt, db, &here, query, NULL, err);
}

bool snapshot_lock_get(struct db *db, const char *id, usec_t now,
		       struct arena *arena, struct snapshot_lock *ret_lock,
		       bool *ret_found, struct error *err)
{
	struct query query = { .ids = &id, .id_count = 1 };
	auto_stmt stmt = STMT_INIT;

	return lock_open(&stmt, db, &query, now, err) &&
	       lock_one(&stmt, arena, ret_lock, ret_found, err);
}

bool snapshot_lock_list(struct db *db, const struct query *query, usec_t now,
			bool (*row)(void *data,
				    const struct snapshot_lock *lock,
				    struct error *err),
			void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return lock_open(&stmt, db, query, now, err) &&
	       lock_each(&stmt, row, data, err);
}
