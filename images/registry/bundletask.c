/* bundletask.c - the bundle_task table
 *
 * Rows of tasks that are over are kept as long as the store: EC2 lists them
 * for a while, and they are few.
 */
#include "images/registry/bundletask.h"

#include "images/registry/query-private.h"

#define SELECT                                                            \
	"SELECT t.seq, t.id, t.owner, t.instance, t.bucket, t.prefix, "   \
	"t.state, t.progress, t.error_code, t.error_message, t.started, " \
	"t.updated FROM bundle_task AS t"
#define OPEN                                                             \
	"state IN ('pending', 'waiting-for-shutdown', 'bundling', "      \
	"'storing', 'cancelling')"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "bundle-id", "t.id" },
		{ "error-code", "t.error_code" },
		{ "error-message", "t.error_message" },
		{ "instance-id", "t.instance" },
		{ "progress", "t.progress || '%'" },
		{ "s3-bucket", "t.bucket" },
		{ "s3-prefix", "t.prefix" },
		{ "start-time", SQL_TIME("t.started") },
		{ "state", "t.state" },
		{ "update-time", SQL_TIME("t.updated") },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void task_read(struct stmt *stmt, struct arena *arena,
		      struct bundle_task *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->instance = column_str(stmt, 3, arena);
	ret->bucket = column_str(stmt, 4, arena);
	ret->prefix = column_str(stmt, 5, arena);
	ret->state = column_str(stmt, 6, arena);
	ret->progress = column_int(stmt, 7);
	ret->error_code = column_str(stmt, 8, arena);
	ret->error_message = column_str(stmt, 9, arena);
	ret->started = column_int(stmt, 10);
	ret->updated = column_int(stmt, 11);
}

ROWS_DEFINE(task, bundle_task)

bool bundle_task_insert(struct db *db, const struct bundle_task *task,
			struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO bundle_task (id, owner, instance, bucket, "
		      "prefix, state, started, updated) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "ssssssii", task->id, task->owner, task->instance,
		      task->bucket, task->prefix, task->state, task->started,
		      task->updated);
}

bool bundle_task_get(struct db *db, const char *id, struct arena *arena,
		     struct bundle_task *ret_task, bool *ret_found,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       task_one(&stmt, arena, ret_task, ret_found, err);
}

bool bundle_task_list(struct db *db, const struct query *query,
		      bool (*row)(void *data, const struct bundle_task *task,
				  struct error *err),
		      void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       task_each(&stmt, row, data, err);
}

bool bundle_task_open(struct db *db, const char *instance, bool *ret_open,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(
		       &stmt, db,
		       "SELECT 1 FROM bundle_task WHERE instance = ? AND " OPEN,
		       err, "s", instance) &&
	       stmt_found(&stmt, ret_open, err);
}

bool bundle_task_move(struct db *db, const char *id, const char *state,
		      int64_t progress, usec_t now, bool *ret_moved,
		      struct error *err)
{
	int changed;

	if (!db_run(db, &changed,
		    "UPDATE bundle_task SET state = ?2, progress = ?3, "
		    "updated = ?4 WHERE id = ?1 AND state <> 'cancelling' "
		    "AND " OPEN,
		    err, "ssii", id, state, progress, now))
		return false;
	*ret_moved = changed > 0;
	return true;
}

bool bundle_task_fail(struct db *db, const char *id, const char *code,
		      const char *message, usec_t now, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE bundle_task SET state = 'failed', "
		      "error_code = ?2, error_message = ?3, updated = ?4 "
		      "WHERE id = ?1",
		      err, "sssi", id, code, message, now);
}
