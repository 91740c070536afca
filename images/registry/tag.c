/* tag.c - the tag table */
#include "images/registry/tag.h"

#include "images/registry/query-private.h"

static const struct listing listing = {
	/* paging goes by the row's number, which the window gives */
	.select = "SELECT t.resource, t.key, t.value, t.type, t.owner, t.seq "
		  "FROM "
		  "(SELECT *, row_number() OVER (ORDER BY resource, key) AS "
		  "seq FROM tag) AS t",
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "resource-id", "t.resource" },
		{ "resource-type", "t.type" },
		{ "key", "t.key" },
		{ "value", "t.value" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.resource",
	.owner = "t.owner",
};

static void tag_row_read(struct stmt *stmt, struct arena *arena,
			 struct tag *ret)
{
	ret->resource = column_str(stmt, 0, arena);
	ret->key = column_str(stmt, 1, arena);
	ret->value = column_str(stmt, 2, arena);
	ret->type = column_str(stmt, 3, arena);
	ret->owner = column_str(stmt, 4, arena);
	ret->seq = column_int(stmt, 5);
}

ROWS_DEFINE(tag_row, tag)

bool tag_set(struct db *db, const struct tag *tag, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO tag (resource, key, value, type, owner) "
		      "VALUES (?, ?, ?, ?, ?) ON CONFLICT (resource, key) "
		      "DO UPDATE SET value = excluded.value",
		      err, "sssss", tag->resource, tag->key, tag->value,
		      tag->type, tag->owner);
}

bool tag_remove(struct db *db, const char *resource, const char *key,
		const char *value, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM tag WHERE resource = ?1 AND key = ?2 "
		      "AND (?3 IS NULL OR value = ?3)",
		      err, "sss", resource, key, value);
}

bool tag_clear(struct db *db, const char *resource, struct error *err)
{
	return db_run(db, NULL, "DELETE FROM tag WHERE resource = ?", err, "s",
		      resource);
}

bool tag_clear_plain(struct db *db, const char *resource, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM tag WHERE resource = ? "
		      "AND key NOT LIKE 'aws:%'",
		      err, "s", resource);
}

bool tag_count(struct db *db, const char *resource, int64_t *ret_count,
	       struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db,
		       "SELECT count(*) FROM tag WHERE resource = ? "
		       "AND key NOT LIKE 'aws:%'",
		       err, "s", resource) ||
	    stmt_step(&stmt, err) < 0)
		return false;
	*ret_count = column_int(&stmt, 0);
	return true;
}

bool tag_each(struct db *db, const char *resource,
	      void (*row)(void *data, const struct tag *tag), void *data,
	      struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT resource, key, value, type, owner FROM tag "
		       "WHERE resource = ? ORDER BY key",
		       err, "s", resource))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		/* borrowed straight from the statement: the row is used up
		 * before the next step */
		struct tag tag = {
			.resource = resource,
			.key = (const void *)sqlite3_column_text(stmt.raw, 1),
			.value = (const void *)sqlite3_column_text(stmt.raw,
								   2),
			.type = (const void *)sqlite3_column_text(stmt.raw, 3),
			.owner = (const void *)sqlite3_column_text(stmt.raw,
								   4),
		};

		row(data, &tag);
	}
	return found == 0;
}

bool tag_list(struct db *db, const struct query *query,
	      bool (*row)(void *data, const struct tag *tag, struct error *err),
	      void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, &listing, query, NULL, err) &&
	       tag_row_each(&stmt, row, data, err);
}
