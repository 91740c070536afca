/* roottask.c - the root_task table
 *
 * Rows stay: they say which volumes were an instance's root before.
 */
#include "images/registry/roottask.h"

#include "images/registry/query-private.h"

#define SELECT                                                            \
	"SELECT t.seq, t.id, t.owner, t.instance, t.state, t.image, "     \
	"t.snapshot, t.launched, t.volume, t.replaced, t.remove, "        \
	"t.started, t.ended FROM root_task AS t"

static const struct listing listing = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "instance-id", "t.instance" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static void task_read(struct stmt *stmt, struct arena *arena,
		      struct root_task *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->instance = column_str(stmt, 3, arena);
	ret->state = column_str(stmt, 4, arena);
	ret->image = column_str(stmt, 5, arena);
	ret->snapshot = column_str(stmt, 6, arena);
	ret->launched = column_str(stmt, 7, arena);
	ret->volume = column_str(stmt, 8, arena);
	ret->replaced = column_str(stmt, 9, arena);
	ret->remove = column_int(stmt, 10) != 0;
	ret->started = column_int(stmt, 11);
	ret->ended = column_int(stmt, 12);
}

ROWS_DEFINE(task, root_task)

bool root_task_insert(struct db *db, const struct root_task *task,
		      struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO root_task (id, owner, instance, state, "
		      "image, snapshot, launched, volume, replaced, remove, "
		      "started, ended) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "sssssssssbin", task->id, task->owner,
		      task->instance, task->state, task->image, task->snapshot,
		      task->launched, task->volume, task->replaced,
		      task->remove, task->started, task->ended);
}

bool root_task_get(struct db *db, const char *id, struct arena *arena,
		   struct root_task *ret_task, bool *ret_found,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       task_one(&stmt, arena, ret_task, ret_found, err);
}

bool root_task_first(struct db *db, const char *instance, struct arena *arena,
		     struct root_task *ret_task, bool *ret_found,
		     struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE t.instance = ? "
				"AND t.state = 'succeeded' "
				"ORDER BY t.seq LIMIT 1",
			 err, "s", instance) &&
	       task_one(&stmt, arena, ret_task, ret_found, err);
}

bool root_task_replaced(struct db *db, const char *instance, const char *volume,
			bool *ret_was, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM root_task WHERE instance = ? "
			 "AND replaced = ? AND state = 'succeeded'",
			 err, "ss", instance, volume) &&
	       stmt_found(&stmt, ret_was, err);
}

bool root_task_open(struct db *db, const char *instance, bool *ret_open,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM root_task WHERE instance = ? "
			 "AND state IN ('pending', 'in-progress')",
			 err, "s", instance) &&
	       stmt_found(&stmt, ret_open, err);
}

bool root_task_list(struct db *db, const struct query *query,
		    bool (*row)(void *data, const struct root_task *task,
				struct error *err),
		    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       task_each(&stmt, row, data, err);
}

bool root_task_move(struct db *db, const char *id, const char *state,
		    usec_t ended, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE root_task SET state = ?2, ended = ?3 "
		      "WHERE id = ?1",
		      err, "ssn", id, state, ended);
}
