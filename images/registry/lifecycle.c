/* lifecycle.c - the tables of lifecycle policies */
#include "images/registry/lifecycle.h"

#include "images/registry/db-private.h"

#define SELECT                                                      \
	"SELECT id, owner, name, document, created, modified FROM " \
	"lifecycle_policy"

static void policy_read(struct stmt *stmt, struct arena *arena,
			struct lifecycle_policy *ret)
{
	ret->id = column_str(stmt, 0, arena);
	ret->owner = column_str(stmt, 1, arena);
	ret->name = column_str(stmt, 2, arena);
	ret->document = column_str(stmt, 3, arena);
	ret->created = column_int(stmt, 4);
	ret->modified = column_int(stmt, 5);
}

ROWS_DEFINE(policy, lifecycle_policy)

static void item_read(struct stmt *stmt, struct arena *arena,
		      struct lifecycle_item *ret)
{
	ret->id = column_str(stmt, 0, arena);
	ret->policy = column_str(stmt, 1, arena);
	ret->schedule = column_str(stmt, 2, arena);
	ret->resource = column_str(stmt, 3, arena);
	ret->moment = column_int(stmt, 4);
	ret->made = column_int(stmt, 5);
}

ROWS_DEFINE(item, lifecycle_item)

bool lifecycle_policy_set(struct db *db, const struct lifecycle_policy *policy,
			  struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO lifecycle_policy (id, owner, name, "
		      "document, created, modified) VALUES (?, ?, ?, ?, ?, ?) "
		      "ON CONFLICT (id) DO UPDATE SET document = "
		      "excluded.document, modified = excluded.modified",
		      err, "ssssii", policy->id, policy->owner, policy->name,
		      policy->document, policy->created, policy->modified);
}

bool lifecycle_policy_get(struct db *db, const char *owner, const char *name,
			  struct arena *arena,
			  struct lifecycle_policy *ret_policy, bool *ret_found,
			  struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE owner = ? AND name = ?", err,
			 "ss", owner, name) &&
	       policy_one(&stmt, arena, ret_policy, ret_found, err);
}

bool lifecycle_policy_rows(struct db *db, const char *owner,
			   bool (*row)(void *data,
				       const struct lifecycle_policy *policy,
				       struct error *err),
			   void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 SELECT " WHERE owner = coalesce(?, owner) "
				"ORDER BY owner, name",
			 err, "s", owner) &&
	       policy_each(&stmt, row, data, err);
}

bool lifecycle_policy_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM lifecycle_policy WHERE id = ?",
		      err, "s", id);
}

bool lifecycle_schedule_get(struct db *db, const char *policy, const char *name,
			    usec_t *ret_done, usec_t *ret_again,
			    struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       "SELECT done, again FROM lifecycle_schedule "
		       "WHERE policy = ? AND name = ?",
		       err, "ss", policy, name) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	*ret_done = found ? column_int(&stmt, 0) : 0;
	*ret_again = found ? column_int(&stmt, 1) : 0;
	return true;
}

bool lifecycle_schedule_set(struct db *db, const char *policy, const char *name,
			    usec_t done, usec_t again, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT OR REPLACE INTO lifecycle_schedule (policy, "
		      "name, done, again) VALUES (?, ?, ?, ?)",
		      err, "ssii", policy, name, done, again);
}

bool lifecycle_schedule_clear(struct db *db, const char *policy,
			      struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM lifecycle_schedule WHERE policy = ?", err,
		      "s", policy);
}

bool lifecycle_item_insert(struct db *db, const struct lifecycle_item *item,
			   struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO lifecycle_item (id, policy, schedule, "
		      "resource, moment, made) VALUES (?, ?, ?, ?, ?, ?)",
		      err, "ssssib", item->id, item->policy, item->schedule,
		      item->resource, item->moment, item->made);
}

bool lifecycle_item_made(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL,
		      "UPDATE lifecycle_item SET made = 1 WHERE id = ?", err,
		      "s", id);
}

bool lifecycle_item_delete(struct db *db, const char *id, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM lifecycle_item WHERE id = ?", err,
		      "s", id);
}

bool lifecycle_item_rows(struct db *db, const char *policy,
			 const char *schedule,
			 bool (*row)(void *data,
				     const struct lifecycle_item *item,
				     struct error *err),
			 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT id, policy, schedule, resource, moment, made "
			 "FROM lifecycle_item WHERE policy = ? "
			 "AND schedule = ? ORDER BY resource, moment DESC",
			 err, "ss", policy, schedule) &&
	       item_each(&stmt, row, data, err);
}

bool lifecycle_image_user(struct db *db, const char *image, struct arena *arena,
			  const char **ret_user, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	bool found;

	if (!stmt_open(&stmt, db,
		       "SELECT id FROM instance WHERE image = ?1 "
		       "AND state <> 'terminated' UNION ALL "
		       "SELECT template FROM template_version "
		       "WHERE instr(data, ?1) > 0 LIMIT 1",
		       err, "s", image) ||
	    !stmt_found(&stmt, &found, err))
		return false;
	*ret_user = found ? column_str(&stmt, 0, arena) : NULL;
	return true;
}
