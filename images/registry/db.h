/* db.h - the registry: one SQLite file that is the truth about everything
 *
 * WAL, synchronous=FULL, foreign keys; any number of processes. SQL occurs in
 * this room only. Rows leave as structs whose texts live in an arena of the
 * caller's.
 */
#ifndef QAMI_REGISTRY_DB_H
#define QAMI_REGISTRY_DB_H

#include <stdint.h>

#include "images/base/arena.h"
#include "images/base/auto.h"
#include "images/base/error.h"

struct db;

/* Opens the file, making and migrating it as needed. A store made by a newer
 * qami is FAULT_INTERNAL with a sentence. */
bool db_open(const char *path, struct db **ret_db, struct error *err)
	must_check;

/* Opens it to read only, for a process that lives long and serves others: it
 * writes nothing, waits two seconds at most for who does, and needs no right
 * to open anything once it has read a row. A file that is not there, or of an
 * older version, is FAULT_INTERNAL. */
bool db_open_to_read(const char *path, struct db **ret_db, struct error *err)
	must_check;
void db_close(struct db *db);
AUTO_DEFINE(db, db_close)

/* A write transaction (BEGIN IMMEDIATE: others wait their turn, at most 30 s).
 * It nests: only the outermost one begins and commits. tx_done(), run at the
 * end of the scope, rolls back what was not committed. */
struct tx {
	struct db *db;
};
#define auto_tx __attribute__((cleanup(tx_done))) struct tx
#define TX_INIT { NULL }
bool tx_begin(struct tx *tx, struct db *db, struct error *err) must_check;
bool tx_commit(struct tx *tx, struct error *err) must_check;
void tx_done(struct tx *tx);

/* Makes room for commits of that many bytes that come later and can then not
 * be refused by a full disk: FAULT_VOLUME_CAPACITY now, or not at all.
 * Filesystems that cannot promise room are left alone. */
bool db_make_room(struct db *db, uint64_t bytes, struct error *err) must_check;

/* What rows do not say any more leaves the log, too, as far as nobody else
 * reads it now. */
void db_forget(struct db *db);

/* A store-wide value, copied into the arena; *ret_value is NULL when unset. */
bool setting_get(struct db *db, const char *key, struct arena *arena,
		 const char **ret_value, struct error *err) must_check;
bool setting_set(struct db *db, const char *key, const char *value,
		 struct error *err) must_check;

/* Checks the file itself, by SQLite's own means; FAULT_INTERNAL names the
 * first damage. */
bool db_check(struct db *db, struct error *err) must_check;

#endif
