/* db-private.h - statements, for the tables of this room */
#ifndef QAMI_REGISTRY_DB_PRIVATE_H
#define QAMI_REGISTRY_DB_PRIVATE_H

#include <sqlite3.h>
#include <stddef.h>

#include "images/registry/db.h"

/* A prepared statement, from the connection's cache when it is free. */
struct stmt {
	sqlite3_stmt *raw;
	struct db *db;
	bool cached;
};

void stmt_done(struct stmt *stmt);
#define auto_stmt __attribute__((cleanup(stmt_done))) struct stmt
#define STMT_INIT { NULL, NULL, false }

/* Prepares `sql` (a static text: the cache goes by its address) and binds by
 * `types`: 's' const char * (NULL: SQL NULL), 'i' int64_t, 'b' bool, 'n'
 * int64_t with 0 or less meaning NULL, 'd' const void * and size_t. */
bool stmt_open(struct stmt *stmt, struct db *db, const char *sql,
	       struct error *err, const char *types, ...) must_check;

/* As stmt_open() without binding and without the cache: for built texts. */
bool stmt_open_text(struct stmt *stmt, struct db *db, const char *sql,
		    struct error *err) must_check;

/* Steps: 1 a row, 0 the end, -1 failed. */
int stmt_step(struct stmt *stmt, struct error *err) must_check;

/* Steps once: whether there is a row. */
bool stmt_found(struct stmt *stmt, bool *ret_found, struct error *err)
	must_check;

/* Calls `visit` for each row, with an arena of the row's own. */
bool stmt_each(struct stmt *stmt,
	       bool (*visit)(struct stmt *stmt, struct arena *arena, void *data,
			     struct error *err),
	       void *data, struct error *err) must_check;

/* Defines, for rows that name_read() reads into a `struct type`: name_one(),
 * which reads the one row of a statement if it has one, and name_each(), which
 * hands all of them on, one after the other. */
#define ROWS_DEFINE(name, type)                                              \
	struct name##_rows {                                                 \
		bool (*row)(void *data, const struct type *one,              \
			    struct error *err);                              \
		void *data;                                                  \
	};                                                                   \
                                                                             \
	static bool name##_visit(struct stmt *stmt, struct arena *arena,     \
				 void *data, struct error *err)              \
	{                                                                    \
		const struct name##_rows *rows = data;                       \
		struct type one;                                             \
                                                                             \
		name##_read(stmt, arena, &one);                              \
		return rows->row(rows->data, &one, err);                     \
	}                                                                    \
                                                                             \
	static bool name##_each(struct stmt *stmt,                           \
				bool (*row)(void *data,                      \
					    const struct type *one,          \
					    struct error *err),              \
				void *data, struct error *err)               \
	{                                                                    \
		struct name##_rows rows = { row, data };                     \
                                                                             \
		return stmt_each(stmt, name##_visit, &rows, err);            \
	}                                                                    \
                                                                             \
	__attribute__((unused)) static bool name##_one(                      \
		struct stmt *stmt, struct arena *arena,                      \
		struct type *ret_one, bool *ret_found, struct error *err)    \
	{                                                                    \
		if (!stmt_found(stmt, ret_found, err))                       \
			return false;                                        \
		if (*ret_found)                                              \
			name##_read(stmt, arena, ret_one);                   \
		return true;                                                 \
	}

/* Runs a statement that returns no rows. *ret_changed, unless NULL, is how
 * many rows it touched. */
bool db_run(struct db *db, int *ret_changed, const char *sql, struct error *err,
	    const char *types, ...) must_check;

/* Columns of the current row; texts are copied into the arena. */
const char *column_str(struct stmt *stmt, int column, struct arena *arena);
int64_t column_int(struct stmt *stmt, int column);
void column_copy(struct stmt *stmt, int column, char *ret_text, size_t room);

/* The first column of all rows that are left, in the arena. */
bool stmt_strs(struct stmt *stmt, struct arena *arena,
	       const char *const **ret_all, size_t *ret_count,
	       struct error *err) must_check;

/* A blob of that size; zeroes for one of another, or none. */
void column_bytes(struct stmt *stmt, int column, void *ret_data, size_t size);

/* Reports what SQLite said about `what`. */
bool db_fail(struct db *db, struct error *err, const char *what);

/* From here on the index of a log has all its blocks. Before the first
 * connection; again does no harm. */
void db_index_whole(void);

/* The connection, for the odd call that has no wrapper here. */
sqlite3 *db_raw(struct db *db);

#endif
