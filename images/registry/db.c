/* db.c - the connection: opening, migrating, statements, transactions
 *
 * Statements are cached by the address of their static text, so that a
 * listing of thousands of rows with a query each for tags prepares two.
 *
 * The write-ahead log stays when the last process closes the file. Its blocks
 * are what lets a termination commit on a disk that is full.
 */
#include "images/registry/db-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/buf.h"
#include "images/base/clock.h"

#define CACHE_SIZE 256
#define BUSY_MS 30000
#define READER_BUSY_MS 2000

struct cached {
	const char *sql;
	sqlite3_stmt *raw;
	bool busy;
};

#define LOG_ROOM (256 << 10) /* bytes that an emptied log keeps */

struct db {
	sqlite3 *raw;
	unsigned depth; /* of nested transactions */
	struct cached cache[CACHE_SIZE];
};

/* The text of schema.sql, as it lies in the tree. */
__asm__(".section .rodata\n"
	"schema_text:\n.incbin \"images/registry/schema.sql\"\n.byte 0\n"
	".previous\n");
extern const char schema_text[] __attribute__((visibility("hidden")));

bool db_fail(struct db *db, struct error *err, const char *what)
{
	int code = sqlite3_errcode(db->raw);
	enum fault fault = FAULT_INTERNAL;

	/* a full disk shows in other ways, too: the index of the write-ahead
	 * log is a file that cannot grow */
	if (code == SQLITE_FULL ||
	    sqlite3_extended_errcode(db->raw) == SQLITE_IOERR_SHMSIZE ||
	    ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) &&
	     sqlite3_system_errno(db->raw) == ENOSPC))
		fault = FAULT_VOLUME_CAPACITY;
	else if (code == SQLITE_BUSY)
		fault = FAULT_UNAVAILABLE;
	return fail(err, fault, "registry: %s: %s", what,
		    sqlite3_errmsg(db->raw));
}

sqlite3 *db_raw(struct db *db)
{
	return db->raw;
}

static bool db_script(struct db *db, const char *sql, struct error *err)
{
	if (sqlite3_exec(db->raw, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err, "cannot set up");
	return true;
}

/* Whoever makes a file wants it alone while others read it: SQLite refuses at
 * once, however long its timeout, since two such would wait for each other. */
static bool db_use_wal(struct db *db, struct error *err)
{
	usec_t end = clock_monotonic() + BUSY_MS * 1000LL;
	int code;

	do {
		code = sqlite3_exec(db->raw, "PRAGMA journal_mode = WAL", NULL,
				    NULL, NULL);
		if (code == SQLITE_BUSY)
			sqlite3_sleep(5);
	} while (code == SQLITE_BUSY && clock_monotonic() < end);
	return code == SQLITE_OK || db_fail(db, err, "cannot set up");
}

static bool db_version(struct db *db, int *ret_version, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	if (!stmt_open(&stmt, db, "PRAGMA user_version", err, ""))
		return false;
	if (stmt_step(&stmt, err) < 0)
		return false;
	*ret_version = (int)column_int(&stmt, 0);
	return true;
}

/* Applies one section of the schema; *section moves to the next one. */
static bool migrate_one(struct db *db, const char **section, int current,
			struct error *err)
{
	static const char mark[] = "\n-- version ";
	const char *start = *section + sizeof(mark) - 1;
	const char *end = strstr(start, mark);
	int version = atoi(start);
	auto_buf sql = BUF_INIT;

	*section = end;
	if (version <= current)
		return true;
	start += strcspn(start, "\n");
	buf_add(&sql, start, end ? (size_t)(end - start) : strlen(start));
	buf_printf(&sql, "\nPRAGMA user_version = %d;", version);
	return db_script(db, buf_text(&sql), err);
}

static int newest_version(void)
{
	const char *mark = schema_text;
	int newest = 0;

	while ((mark = strstr(mark, "\n-- version ")))
		newest = atoi(mark += 12);
	return newest;
}

static bool migrate(struct db *db, struct error *err)
{
	const char *section = strstr(schema_text, "\n-- version ");
	int version;
	auto_tx tx = TX_INIT;

	if (!db_version(db, &version, err))
		return false;
	if (version == newest_version())
		return true;
	if (version > newest_version())
		return fail(err, FAULT_INTERNAL,
			    "the store was made by a newer qami");
	if (!tx_begin(&tx, db, err))
		return false;
	/* somebody else may have done it while we waited */
	if (!db_version(db, &version, err))
		return false;
	while (section)
		if (!migrate_one(db, &section, version, err))
			return false;
	return tx_commit(&tx, err);
}

/* Makes the file ours alone before SQLite can make it readable. One that is
 * there is not opened: closing it would give up the locks that another
 * connection of this process holds on it. */
static bool make_private(const char *path, struct error *err)
{
	auto_close int fd =
		open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;

	if (fd >= 0)
		return true;
	if (errno == EEXIST && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return true;
	if (errno == EEXIST)
		errno = ELOOP;
	return fail_errno(err, "cannot open the registry %s", path);
}

/* SQLite's own count of its memory costs a lock at each allocation, for which
 * all threads wait; nobody reads it. */
static void count_nothing(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* What is set for all connections of the process, before the first. */
static void db_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, count_nothing);
	db_index_whole();
}

bool db_open(const char *path, struct db **ret_db, struct error *err)
{
	static const char setup[] = "PRAGMA synchronous = FULL;"
				    "PRAGMA foreign_keys = ON;"
				    "PRAGMA secure_delete = ON;"
				    "PRAGMA trusted_schema = OFF;"
				    /* whoever is the last to close it empties
				     * the log: the next would read all of it
				     * and copy all of it once more */
				    "PRAGMA journal_size_limit = 1073741824;";
	auto_of(db) db = calloc(1, sizeof(*db));

	if (!db)
		return fail_memory(err);
	if (!make_private(path, err))
		return false;
	db_prepare();
	if (sqlite3_open_v2(path, &db->raw,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return db_fail(db, err, path);
	sqlite3_busy_timeout(db->raw, BUSY_MS);
	sqlite3_file_control(db->raw, NULL, SQLITE_FCNTL_PERSIST_WAL,
			     &(int){ 1 });
	if (!db_use_wal(db, err) || !db_script(db, setup, err) ||
	    !migrate(db, err))
		return false;
	*ret_db = take(db);
	return true;
}

bool db_open_to_read(const char *path, struct db **ret_db, struct error *err)
{
	static const char setup[] = "PRAGMA query_only = ON;"
				    "PRAGMA temp_store = MEMORY;"
				    "PRAGMA trusted_schema = OFF;";
	auto_of(db) db = calloc(1, sizeof(*db));
	int version;

	if (!db)
		return fail_memory(err);
	/* the first one to open a registry makes the index of its log */
	db_prepare();
	if (sqlite3_open_v2(path, &db->raw,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return db_fail(db, err, path);
	sqlite3_busy_timeout(db->raw, READER_BUSY_MS);
	sqlite3_file_control(db->raw, NULL, SQLITE_FCNTL_PERSIST_WAL,
			     &(int){ 1 });
	if (!db_script(db, setup, err) || !db_version(db, &version, err))
		return false;
	if (version != newest_version())
		return fail(err, FAULT_INTERNAL,
			    "the store was made by another qami");
	*ret_db = take(db);
	return true;
}

static const char *log_of(const struct db *db)
{
	return sqlite3_filename_wal(sqlite3_db_filename(db->raw, "main"));
}

/* What commits go into is the write-ahead log, at its end or, after a
 * checkpoint, over what is there already: blocks behind its end serve both.
 * Nobody locks this file, so that closing it gives no lock up. */
static bool give_room(const char *log, uint64_t bytes)
{
	auto_close int fd = open(log, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 &&
	       (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0,
			  st.st_size + (off_t)bytes) == 0 ||
		errno == EOPNOTSUPP || errno == ENOSYS);
}

bool db_make_room(struct db *db, uint64_t bytes, struct error *err)
{
	return give_room(log_of(db), bytes) ||
	       fail_errno(err, "no room for the registry's log %s", log_of(db));
}

void db_close(struct db *db)
{
	auto_free char *log = NULL;
	struct stat st;

	if (!db)
		return;
	for (size_t i = 0; i < CACHE_SIZE; i++)
		sqlite3_finalize(db->cache[i].raw);
	if (db->raw && sqlite3_db_readonly(db->raw, "main") == 0)
		log = format_text("%s", log_of(db));
	sqlite3_close(db->raw);
	/* the last one emptied it; somebody else might take what that freed,
	 * and who wants to free more has to commit that */
	if (log && stat(log, &st) == 0 && st.st_size == 0)
		(void)give_room(log, LOG_ROOM);
	free(db);
}

bool db_check(struct db *db, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	char text[160];

	if (!stmt_open(&stmt, db, "PRAGMA integrity_check(1)", err, ""))
		return false;
	if (stmt_step(&stmt, err) < 0)
		return false;
	column_copy(&stmt, 0, text, sizeof(text));
	if (strcmp(text, "ok") != 0)
		return fail(err, FAULT_INTERNAL, "registry damaged: %s", text);
	return true;
}

/* The cache's entry for a text: a free one of that text, an empty one, or
 * NULL when the text is in use (nested listings) or the cache is full. */
static struct cached *cache_find(struct db *db, const char *sql)
{
	for (size_t i = 0; i < CACHE_SIZE; i++) {
		struct cached *entry = &db->cache[i];

		if (!entry->sql)
			return entry;
		if (entry->sql == sql)
			return entry->busy ? NULL : entry;
	}
	return NULL;
}

bool stmt_open_text(struct stmt *stmt, struct db *db, const char *sql,
		    struct error *err)
{
	*stmt = (struct stmt){ .db = db };
	if (sqlite3_prepare_v2(db->raw, sql, -1, &stmt->raw, NULL) != SQLITE_OK)
		return db_fail(db, err, "cannot prepare");
	return true;
}

static bool stmt_prepare(struct stmt *stmt, struct db *db, const char *sql,
			 struct error *err)
{
	struct cached *entry = cache_find(db, sql);

	if (!entry)
		return stmt_open_text(stmt, db, sql, err);
	if (!entry->raw &&
	    sqlite3_prepare_v3(db->raw, sql, -1, SQLITE_PREPARE_PERSISTENT,
			       &entry->raw, NULL) != SQLITE_OK)
		return db_fail(db, err, "cannot prepare");
	entry->sql = sql;
	entry->busy = true;
	*stmt = (struct stmt){ .raw = entry->raw, .db = db, .cached = true };
	return true;
}

static void stmt_bind(struct stmt *stmt, const char *types, va_list args)
{
	for (int i = 1; *types; types++, i++) {
		const void *data;
		int64_t number;

		switch (*types) {
		case 's':
			sqlite3_bind_text(stmt->raw, i,
					  va_arg(args, const char *), -1,
					  SQLITE_TRANSIENT);
			break;
		case 'b':
			sqlite3_bind_int(stmt->raw, i, va_arg(args, int) != 0);
			break;
		case 'n':
			number = va_arg(args, int64_t);
			if (number > 0)
				sqlite3_bind_int64(stmt->raw, i, number);
			break;
		case 'd':
			data = va_arg(args, const void *);
			sqlite3_bind_blob64(stmt->raw, i, data,
					    va_arg(args, size_t),
					    SQLITE_TRANSIENT);
			break;
		default:
			sqlite3_bind_int64(stmt->raw, i, va_arg(args, int64_t));
		}
	}
}

bool stmt_open(struct stmt *stmt, struct db *db, const char *sql,
	       struct error *err, const char *types, ...)
{
	va_list args;

	if (!stmt_prepare(stmt, db, sql, err))
		return false;
	va_start(args, types);
	stmt_bind(stmt, types, args);
	va_end(args);
	return true;
}

int stmt_step(struct stmt *stmt, struct error *err)
{
	switch (sqlite3_step(stmt->raw)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		db_fail(stmt->db, err, "cannot read or write");
		return -1;
	}
}

bool stmt_found(struct stmt *stmt, bool *ret_found, struct error *err)
{
	int found = stmt_step(stmt, err);

	*ret_found = found > 0;
	return found >= 0;
}

bool stmt_each(struct stmt *stmt,
	       bool (*visit)(struct stmt *stmt, struct arena *arena, void *data,
			     struct error *err),
	       void *data, struct error *err)
{
	int found;

	while ((found = stmt_step(stmt, err)) > 0) {
		auto_of(arena) arena = arena_new();

		if (!arena)
			return fail_memory(err);
		if (!visit(stmt, arena, data, err))
			return false;
	}
	return found == 0;
}

void stmt_done(struct stmt *stmt)
{
	if (!stmt->cached) {
		sqlite3_finalize(stmt->raw);
		return;
	}
	sqlite3_reset(stmt->raw);
	sqlite3_clear_bindings(stmt->raw);
	for (size_t i = 0; i < CACHE_SIZE; i++)
		if (stmt->db->cache[i].raw == stmt->raw)
			stmt->db->cache[i].busy = false;
}

/* Whether a transaction was begun and is there no more: SQLite rolls back by
 * itself when the disk is full, and an inner scope may have failed. What is
 * written now would be committed alone. */
static bool tx_lost(struct db *db)
{
	return db->depth && sqlite3_get_autocommit(db->raw);
}

bool db_run(struct db *db, int *ret_changed, const char *sql, struct error *err,
	    const char *types, ...)
{
	auto_stmt stmt = STMT_INIT;
	va_list args;

	if (tx_lost(db))
		return fail(err, FAULT_INTERNAL,
			    "registry: the transaction was rolled back");
	if (!stmt_prepare(&stmt, db, sql, err))
		return false;
	va_start(args, types);
	stmt_bind(&stmt, types, args);
	va_end(args);
	if (stmt_step(&stmt, err) < 0)
		return false;
	if (ret_changed)
		*ret_changed = sqlite3_changes(db->raw);
	return true;
}

const char *column_str(struct stmt *stmt, int column, struct arena *arena)
{
	const void *text = sqlite3_column_text(stmt->raw, column);

	return arena_str(arena, text);
}

bool stmt_strs(struct stmt *stmt, struct arena *arena,
	       const char *const **ret_all, size_t *ret_count,
	       struct error *err)
{
	const char **all = NULL;
	size_t count = 0;
	int found;

	while ((found = stmt_step(stmt, err)) > 0) {
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			return fail_memory(err);
		all[count] = column_str(stmt, 0, arena);
		if (!all[count++])
			return fail_memory(err);
	}
	*ret_all = all;
	*ret_count = count;
	return found == 0;
}

int64_t column_int(struct stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->raw, column);
}

void column_copy(struct stmt *stmt, int column, char *ret_text, size_t room)
{
	const void *text = sqlite3_column_text(stmt->raw, column);

	snprintf(ret_text, room, "%s", text ? (const char *)text : "");
}

void column_bytes(struct stmt *stmt, int column, void *ret_data, size_t size)
{
	const void *data = sqlite3_column_blob(stmt->raw, column);

	memset(ret_data, 0, size);
	if (data && (size_t)sqlite3_column_bytes(stmt->raw, column) == size)
		memcpy(ret_data, data, size);
}

bool tx_begin(struct tx *tx, struct db *db, struct error *err)
{
	if (tx_lost(db))
		return fail(err, FAULT_INTERNAL,
			    "registry: the transaction was rolled back");
	if (db->depth == 0 && !db_run(db, NULL, "BEGIN IMMEDIATE", err, ""))
		return false;
	db->depth++;
	tx->db = db;
	return true;
}

bool tx_commit(struct tx *tx, struct error *err)
{
	struct db *db = tx->db;

	if (tx_lost(db))
		return fail(err, FAULT_INTERNAL,
			    "registry: the transaction was rolled back");
	if (db->depth == 1 && !db_run(db, NULL, "COMMIT", err, ""))
		return false; /* tx_done() rolls back */
	db->depth--;
	tx->db = NULL;
	return true;
}

void tx_done(struct tx *tx)
{
	struct db *db = tx->db;

	if (!db)
		return;
	/* an inner failure dooms the whole transaction: roll back at once, and
	 * let the outer scopes find nothing open */
	if (!sqlite3_get_autocommit(db->raw))
		sqlite3_exec(db->raw, "ROLLBACK", NULL, NULL, NULL);
	db->depth--;
	tx->db = NULL;
}

void db_forget(struct db *db)
{
	/* who reads holds the log's end back; nobody waits for that */
	sqlite3_busy_timeout(db->raw, 0);
	(void)sqlite3_wal_checkpoint_v2(db->raw, NULL,
					SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db->raw, BUSY_MS);
}

bool setting_get(struct db *db, const char *key, struct arena *arena,
		 const char **ret_value, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db, "SELECT value FROM setting WHERE key = ?",
		       err, "s", key))
		return false;
	found = stmt_step(&stmt, err);
	if (found < 0)
		return false;
	*ret_value = found ? column_str(&stmt, 0, arena) : NULL;
	return true;
}

bool setting_set(struct db *db, const char *key, const char *value,
		 struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO setting (key, value) VALUES (?, ?) "
		      "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		      err, "ss", key, value);
}
