/* scalingactivity.c - the scaling_activity and instance_refresh tables
 *
 * Listings begin with the newest, so that what orders them falls with time.
 */
#include "images/registry/scalingactivity.h"

#include "images/registry/query-private.h"

#define NEWEST_FIRST "(4611686018427387904 - t.seq)"

#define SELECT                                                                 \
	"SELECT " NEWEST_FIRST ", t.id, t.owner, t.scaling_group, "            \
	"t.group_name, t.kind, t.instance, t.template, t.version, t.cause, "   \
	"t.state, t.message, t.started, ifnull(t.ended, 0) "                   \
	"FROM scaling_activity AS t"

#define SELECT_REFRESH                                                         \
	"SELECT " NEWEST_FIRST ", t.id, t.scaling_group, t.template, "         \
	"t.template_name, t.version, t.number, t.given, t.preferences, "       \
	"t.boundary, t.total, t.left_over, t.state, t.reason, t.started, "     \
	"ifnull(t.ended, 0) FROM instance_refresh AS t "                       \
	"JOIN scaling_group AS g ON g.id = t.scaling_group"

static const struct listing activities = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "activity-id", "t.id" },
		{ "group-name", "t.group_name" },
		{ "group-there",
		  SQL_BOOL("t.scaling_group IN (SELECT id FROM scaling_group)") },
		{ 0 },
	},
	.order = NEWEST_FIRST,
	.id = "t.scaling_group",
	.owner = "t.owner",
};

static const struct listing refreshes = {
	.select = SELECT_REFRESH,
	.visible = "g.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "instance-refresh-id", "t.id" },
		{ 0 },
	},
	.order = NEWEST_FIRST,
	.id = "t.scaling_group",
	.owner = "g.owner",
};

static void activity_read(struct stmt *stmt, struct arena *arena,
			  struct scaling_activity *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->group = column_str(stmt, 3, arena);
	ret->group_name = column_str(stmt, 4, arena);
	ret->kind = column_str(stmt, 5, arena);
	ret->instance = column_str(stmt, 6, arena);
	ret->template = column_str(stmt, 7, arena);
	ret->version = column_int(stmt, 8);
	ret->cause = column_str(stmt, 9, arena);
	ret->state = column_str(stmt, 10, arena);
	ret->message = column_str(stmt, 11, arena);
	ret->started = column_int(stmt, 12);
	ret->ended = column_int(stmt, 13);
}

ROWS_DEFINE(activity, scaling_activity)

static void refresh_read(struct stmt *stmt, struct arena *arena,
			 struct instance_refresh *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->group = column_str(stmt, 2, arena);
	ret->template = column_str(stmt, 3, arena);
	ret->template_name = column_str(stmt, 4, arena);
	ret->version = column_str(stmt, 5, arena);
	ret->number = column_int(stmt, 6);
	ret->given = column_int(stmt, 7);
	ret->preferences = column_str(stmt, 8, arena);
	ret->boundary = column_int(stmt, 9);
	ret->total = column_int(stmt, 10);
	ret->left = column_int(stmt, 11);
	ret->state = column_str(stmt, 12, arena);
	ret->reason = column_str(stmt, 13, arena);
	ret->started = column_int(stmt, 14);
	ret->ended = column_int(stmt, 15);
}

ROWS_DEFINE(refresh, instance_refresh)

bool scaling_activity_insert(struct db *db,
			     const struct scaling_activity *activity,
			     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO scaling_activity (id, owner, scaling_group, "
		      "group_name, kind, instance, template, version, cause, "
		      "started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "sssssssnsi", activity->id, activity->owner,
		      activity->group, activity->group_name, activity->kind,
		      activity->instance, activity->template, activity->version,
		      activity->cause, activity->started);
}

bool scaling_activity_open(struct db *db, const char *group,
			   struct arena *arena,
			   struct scaling_activity *ret_activity,
			   bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE t.scaling_group = ? "
				"AND t.state = 'InProgress' ORDER BY t.seq",
			 err, "s", group) &&
	       activity_one(&stmt, arena, ret_activity, ret_found, err);
}

bool scaling_activity_get(struct db *db, const char *id, struct arena *arena,
			  struct scaling_activity *ret_activity,
			  bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       activity_one(&stmt, arena, ret_activity, ret_found, err);
}

bool scaling_activity_end(struct db *db, const char *id, const char *state,
			  const char *instance, const char *message, usec_t now,
			  struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE scaling_activity SET state = ?2, "
		      "instance = coalesce(?3, instance), message = ?4, "
		      "ended = ?5 WHERE id = ?1",
		      err, "ssssi", id, state, instance, message, now);
}

bool scaling_activity_last(struct db *db, const char *group, usec_t now,
			   usec_t *ret_ended, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT ifnull(max(ended), 0) FROM scaling_activity "
		       "WHERE scaling_group = ? AND ended <= ?",
		       err, "si", group, now) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_ended = column_int(&stmt, 0);
	return true;
}

bool scaling_activity_list(struct db *db, const struct query *query,
			   bool (*row)(void *data,
				       const struct scaling_activity *activity,
				       struct error *err),
			   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &activities, query, NULL, err) &&
	       activity_each(&stmt, row, data, err);
}

bool scaling_activity_forget(struct db *db, usec_t before, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM scaling_activity WHERE ended < ?",
		      err, "i", before);
}

bool instance_refresh_insert(struct db *db,
			     const struct instance_refresh *refresh,
			     struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO instance_refresh (id, scaling_group, "
		      "template, template_name, version, number, given, "
		      "preferences, boundary, total, left_over, started) "
		      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, "
		      "?11)",
		      err, "sssssibsiii", refresh->id, refresh->group,
		      refresh->template, refresh->template_name,
		      refresh->version, refresh->number, refresh->given,
		      refresh->preferences, refresh->boundary, refresh->total,
		      refresh->started);
}

bool instance_refresh_active(struct db *db, const char *group,
			     struct arena *arena,
			     struct instance_refresh *ret_refresh,
			     bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT_REFRESH " WHERE t.scaling_group = ? "
					"AND t.ended IS NULL",
			 err, "s", group) &&
	       refresh_one(&stmt, arena, ret_refresh, ret_found, err);
}

bool instance_refresh_move(struct db *db, const char *id, const char *state,
			   const char *reason, int64_t left, usec_t ended,
			   struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE instance_refresh SET state = ?2, reason = ?3, "
		      "left_over = ?4, ended = ?5 WHERE id = ?1",
		      err, "sssin", id, state, reason, left, ended);
}

bool instance_refresh_list(struct db *db, const struct query *query,
			   bool (*row)(void *data,
				       const struct instance_refresh *refresh,
				       struct error *err),
			   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &refreshes, query, NULL, err) &&
	       refresh_each(&stmt, row, data, err);
}
