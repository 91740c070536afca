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

/* Runs a statement that returns no rows. *ret_changed, unless NULL, is how
 * many rows it touched. */
bool db_run(struct db *db, int *ret_changed, const char *sql, struct error *err,
	    const char *types, ...) must_check;

/* Columns of the current row; texts are copied into the arena. */
const char *column_str(struct stmt *stmt, int column, struct arena *arena);
int64_t column_int(struct stmt *stmt, int column);
void column_copy(struct stmt *stmt, int column, char *ret_text, size_t room);

/* Reports what SQLite said about `what`. */
bool db_fail(struct db *db, struct error *err, const char *what);

/* From here on the index of a log has all its blocks. Before the first
 * connection; again does no harm. */
void db_index_whole(void);

/* The connection, for the odd call that has no wrapper here. */
sqlite3 *db_raw(struct db *db);

#endif
