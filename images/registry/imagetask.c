/* imagetask.c - the image_task table */
#include "images/registry/imagetask.h"

#include <string.h>

#include "images/registry/query-private.h"

#define SELECT                                                           \
	"SELECT t.seq, t.id, t.kind, t.owner, t.image, t.bucket, t.key, " \
	"t.request, t.state, t.progress, t.code, t.message, t.started, "  \
	"t.updated FROM image_task AS t"

/* EC2's word for the state of a task that stores. */
#define STORE_STATE                                                   \
	"CASE t.state WHEN 'completed' THEN 'Completed' "             \
	"WHEN 'active' THEN 'InProgress' ELSE 'Failed' END"

/* A task that failed is a deleted one to those who import and export. */
#define TASK_STATE "iif(t.state = 'failed', 'deleted', t.state)"

static const struct column store_columns[] = {
	{ "bucket", "t.bucket" },
	{ "task-state", STORE_STATE },
	{ 0 },
};

static const struct column task_columns[] = {
	{ "task-state", TASK_STATE },
	{ 0 },
};

static const struct kind {
	const char *name;
	struct listing listing;
} kinds[] = {
	{ "store",
	  { .select = SELECT,
	    .visible = "t.owner = ? AND t.kind = 'store'",
	    .visible_count = 1,
	    .columns = store_columns,
	    .order = "t.seq",
	    .id = "t.image",
	    .owner = "t.owner" } },
	{ "export",
	  { .select = SELECT,
	    .visible = "t.owner = ? AND t.kind = 'export'",
	    .visible_count = 1,
	    .columns = task_columns,
	    .order = "t.seq",
	    .id = "t.id",
	    .owner = "t.owner" } },
	{ "import",
	  { .select = SELECT,
	    .visible = "t.owner = ? AND t.kind = 'import'",
	    .visible_count = 1,
	    .columns = task_columns,
	    .order = "t.seq",
	    .id = "t.id",
	    .owner = "t.owner" } },
};

static void task_read(struct stmt *stmt, struct arena *arena,
		      struct image_task *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->kind = column_str(stmt, 2, arena);
	ret->owner = column_str(stmt, 3, arena);
	ret->image = column_str(stmt, 4, arena);
	ret->bucket = column_str(stmt, 5, arena);
	ret->key = column_str(stmt, 6, arena);
	ret->request = column_str(stmt, 7, arena);
	ret->state = column_str(stmt, 8, arena);
	ret->progress = column_int(stmt, 9);
	ret->code = column_str(stmt, 10, arena);
	ret->message = column_str(stmt, 11, arena);
	ret->started = column_int(stmt, 12);
	ret->updated = column_int(stmt, 13);
}

ROWS_DEFINE(task, image_task)

bool image_task_insert(struct db *db, const struct image_task *task,
		       struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO image_task (id, kind, owner, image, bucket, "
		      "key, request, started, updated) "
		      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      err, "sssssssii", task->id, task->kind, task->owner,
		      task->image, task->bucket, task->key, task->request,
		      task->started, task->updated);
}

bool image_task_get(struct db *db, const char *id, struct arena *arena,
		    struct image_task *ret_task, bool *ret_found,
		    struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.id = ?", err, "s", id) &&
	       task_one(&stmt, arena, ret_task, ret_found, err);
}

bool image_task_of(struct db *db, const char *kind, const char *image,
		   struct arena *arena, struct image_task *ret_task,
		   bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE t.kind = ? AND t.image = ? "
				"ORDER BY t.seq DESC LIMIT 1",
			 err, "ss", kind, image) &&
	       task_one(&stmt, arena, ret_task, ret_found, err);
}

bool image_task_list(struct db *db, const char *kind, const struct query *query,
		     bool (*row)(void *data, const struct image_task *task,
				 struct error *err),
		     void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return listing_open(&stmt, db, &kinds[i].listing, query,
					    NULL, err) &&
			       task_each(&stmt, row, data, err);
	return fail(err, FAULT_INTERNAL, "'%s' tasks are not listed", kind);
}

bool image_task_move(struct db *db, const char *id, int64_t progress,
		     usec_t now, bool *ret_active, struct error *err)
{
	int changed;

	if (!db_run(db, &changed,
		    "UPDATE image_task SET progress = ?2, updated = ?3 "
		    "WHERE id = ?1 AND state = 'active'",
		    err, "sii", id, progress, now))
		return false;
	*ret_active = changed > 0;
	return true;
}

bool image_task_end(struct db *db, const char *id, const char *state,
		    const char *code, const char *message, const char *image,
		    usec_t now, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE image_task SET state = ?2, "
		      "progress = iif(?2 = 'completed', 100, progress), "
		      "code = coalesce(?3, code), "
		      "message = coalesce(?4, message), "
		      "image = coalesce(?5, image), updated = ?6 "
		      "WHERE id = ?1",
		      err, "sssssi", id, state, code, message, image, now);
}
