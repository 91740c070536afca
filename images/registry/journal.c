/* journal.c - the journal of operations
 *
 * The lock file is made when the first operation begins, so that commands
 * which only read leave no trace. Owner names are drawn fresh and used once,
 * so a lock file that is missing means a dead owner, and whoever can lock one
 * may remove it. Who finds the file of a new lock gone therefore draws another
 * name.
 */
#include "images/registry/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/registry/db-private.h"

#define COLUMNS                                                           \
	"id, kind, account, action, client_token, request, state, step, " \
	"payload, answer, due, created"

/* EC2 remembers client tokens at least a day after the end. */
#define REMEMBERED (48 * 3600 * USEC_PER_SEC)

/* An owner that never lived: its operations are anybody's. */
#define NOBODY "nobody"

struct journal {
	struct db *db;
	char *dir;
	char *lock_path;
	int lock_fd;
	char owner[ID_SIZE]; /* "" until the first operation */
	bool left_job;
};

bool journal_open(struct db *db, const char *dir, struct journal **ret_journal,
		  struct error *err)
{
	auto_of(journal) journal = calloc(1, sizeof(*journal));

	if (!journal)
		return fail_memory(err);
	*journal = (struct journal){ .db = db, .lock_fd = -1 };
	journal->dir = strdup(dir);
	if (!journal->dir)
		return fail_memory(err);
	*ret_journal = take(journal);
	return true;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_let_go(journal);
	free(journal->dir);
	free(journal);
}

bool journal_let_go(struct journal *journal)
{
	bool began = journal->lock_fd >= 0;

	/* the name goes before the lock, so that nobody waits for a file that
	 * is about to vanish; and a child that another thread forks may have
	 * the lock for a moment longer */
	if (began) {
		unlink(journal->lock_path);
		close(journal->lock_fd);
	}
	journal->lock_fd = -1;
	free(journal->lock_path);
	journal->lock_path = NULL;
	journal->owner[0] = 0;
	return began;
}

bool journal_left_job(struct journal *journal)
{
	bool left = journal->left_job;

	journal->left_job = false;
	return left;
}

/* Takes a lock of a fresh name; -1 with errno EAGAIN when somebody swept its
 * file away before it was locked. */
static int lock_new(const char *path)
{
	auto_close int fd = file_lock(path, false);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_nlink > 0)
		return take_fd(fd);
	errno = EAGAIN;
	return -1;
}

/* Draws a name, unless there is one. */
static bool journal_own(struct journal *journal, struct error *err)
{
	char owner[ID_SIZE];

	if (journal->owner[0])
		return true;
	do {
		id_new("run", owner);
		free(journal->lock_path);
		journal->lock_path =
			format_text("%s/%s.lock", journal->dir, owner);
		if (!journal->lock_path)
			return fail_memory(err);
		journal->lock_fd = lock_new(journal->lock_path);
	} while (journal->lock_fd < 0 && errno == EAGAIN);
	if (journal->lock_fd < 0)
		return fail_errno(err, "cannot lock %s", journal->lock_path);
	memcpy(journal->owner, owner, sizeof(owner));
	return true;
}

/* Removes a lock file whose process is gone; true when it is. The lock taken
 * in finding out is dropped at once: what counts is the UPDATE that follows.
 */
static bool lock_dead(const char *path)
{
	auto_close int fd = -1;

	/* not to make the file anew: file_lock() would */
	if (access(path, F_OK) != 0)
		return errno == ENOENT;
	fd = file_lock(path, false);
	if (fd >= 0)
		unlink(path);
	return fd >= 0;
}

static bool owner_dead(struct journal *journal, const char *owner)
{
	auto_free char *path = format_text("%s/%s.lock", journal->dir, owner);

	return path && strcmp(owner, journal->owner) != 0 && lock_dead(path);
}

void journal_sweep(struct journal *journal)
{
	DIR *dir = opendir(journal->dir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *path = NULL;

		if (strncmp(entry->d_name, "run-", 4) != 0)
			continue;
		path = format_text("%s/%s", journal->dir, entry->d_name);
		/* our own lock is no other process's, but it is not dead */
		if (path && (!journal->lock_path ||
			     strcmp(path, journal->lock_path) != 0))
			lock_dead(path);
	}
	if (dir)
		closedir(dir);
}

static void op_read(struct stmt *stmt, struct arena *arena, struct op *ret)
{
	*ret = (struct op){
		.kind = column_str(stmt, 1, arena),
		.account = column_str(stmt, 2, arena),
		.action = column_str(stmt, 3, arena),
		.client_token = column_str(stmt, 4, arena),
		.request = column_str(stmt, 5, arena),
		.state = column_str(stmt, 6, arena),
		.step = column_int(stmt, 7),
		.payload = column_str(stmt, 8, arena),
		.answer = column_str(stmt, 9, arena),
		.due = column_int(stmt, 10),
		.created = column_int(stmt, 11),
	};
	column_copy(stmt, 0, ret->id, sizeof(ret->id));
}

/* Looks for an operation with the same client token. */
static bool op_replay(struct journal *journal, const struct op *op,
		      struct arena *arena, const char **ret_answer,
		      struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	struct op old;
	int found;

	if (!stmt_open(&stmt, journal->db,
		       "SELECT " COLUMNS " FROM op WHERE account = ? AND "
		       "action = ? AND client_token = ? "
		       "AND state <> 'aborted'",
		       err, "sss", op->account, op->action, op->client_token))
		return false;
	found = stmt_step(&stmt, err);
	if (found <= 0)
		return found == 0;
	op_read(&stmt, arena, &old);
	if (strcmp(old.request, op->request) != 0)
		return fail(err, FAULT_IDEMPOTENT_MISMATCH,
			    "Arguments on this idempotent request are "
			    "inconsistent with arguments used in previous "
			    "request(s).");
	if (!old.answer)
		return fail(err, FAULT_TOKEN_AT_WORK,
			    "The request with this client token is still "
			    "being processed.");
	*ret_answer = old.answer;
	return true;
}

static bool op_insert(struct journal *journal, struct op *op, const char *owner,
		      struct error *err)
{
	usec_t now = clock_wall();

	if (!op->id[0])
		id_new("op", op->id);
	return db_run(journal->db, NULL,
		      "INSERT INTO op (id, kind, account, action, "
		      "client_token, request, state, step, payload, answer, "
		      "owner, boot_id, due, created, updated, slow, date) "
		      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'intent', 0, ?7, ?8, "
		      "?9, ?10, ?11, ?12, ?12, ?13, ?14)",
		      err, "ssssssssssiibi", op->id, op->kind, op->account,
		      op->action, op->client_token, op->request, op->payload,
		      op->answer, owner, boot_id(), op->due, now, op->slow,
		      op->date);
}

bool op_answer(struct journal *journal, const struct op *op,
	       struct arena *arena, const char **ret_answer, struct error *err)
{
	*ret_answer = NULL;
	return !op->client_token ||
	       op_replay(journal, op, arena, ret_answer, err);
}

bool op_begin(struct journal *journal, struct op *op, struct arena *arena,
	      const char **ret_answer, struct error *err)
{
	if (!op_answer(journal, op, arena, ret_answer, err))
		return false;
	if (*ret_answer)
		return true;
	return journal_own(journal, err) &&
	       op_forget(journal->db, clock_wall() - REMEMBERED, err) &&
	       op_insert(journal, op, journal->owner, err);
}

bool op_queue(struct journal *journal, struct op *op, struct error *err)
{
	journal->left_job = true;
	return op_forget(journal->db, clock_wall() - REMEMBERED, err) &&
	       op_insert(journal, op, "", err);
}

bool op_step(struct journal *journal, const char *id, const char *state,
	     int64_t step, const char *payload, const char *answer,
	     struct error *err)
{
	int changed;

	if (!db_run(journal->db, &changed,
		    "UPDATE op SET state = ?3, step = ?4, "
		    "payload = coalesce(?5, payload), "
		    "answer = coalesce(?6, answer), "
		    "updated = unixepoch() * 1000000 "
		    "WHERE id = ?1 AND owner = ?2 AND owner <> ''",
		    err, "sssiss", id, journal->owner, state, step, payload,
		    answer))
		return false;
	if (!changed)
		return fail(err, FAULT_UNAVAILABLE,
			    "another process took this operation over");
	return true;
}

bool op_postpone(struct journal *journal, const char *id, usec_t due,
		 struct error *err)
{
	journal->left_job = true;
	return db_run(journal->db, NULL,
		      "UPDATE op SET owner = '', due = ?3 "
		      "WHERE id = ?1 AND owner = ?2 AND owner <> ''",
		      err, "ssi", id, journal->owner, due);
}

bool op_hasten(struct journal *journal, const char *kind, const char *text,
	       struct error *err)
{
	journal->left_job = true;
	return db_run(journal->db, NULL,
		      "UPDATE op SET due = 0 WHERE state = 'intent' "
		      "AND owner = '' AND kind = ? AND instr(payload, ?) > 0",
		      err, "ss", kind, text);
}

bool op_release(struct journal *journal, const char *id, struct error *err)
{
	return db_run(journal->db, NULL,
		      "UPDATE op SET owner = '" NOBODY "' "
		      "WHERE id = ?1 AND owner = ?2 AND owner <> ''",
		      err, "ss", id, journal->owner);
}

/* Makes an operation ours if it still belongs to `from`. */
static bool op_claim(struct journal *journal, const char *id, const char *from,
		     bool *ret_ours, struct error *err)
{
	int changed;

	if (!journal_own(journal, err) ||
	    !db_run(journal->db, &changed,
		    "UPDATE op SET owner = ?3 WHERE id = ?1 AND owner = ?2 "
		    "AND state IN ('intent', 'fired')",
		    err, "sss", id, from, journal->owner))
		return false;
	*ret_ours = changed > 0;
	return true;
}

bool op_take(struct journal *journal, enum op_which which, usec_t now,
	     struct arena *arena, struct op *ret_op, bool *ret_found,
	     struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	*ret_found = false;
	if (!stmt_open(&stmt, journal->db,
		       "SELECT " COLUMNS ", owner FROM op WHERE state IN "
		       "('intent', 'fired') AND iif(?2, "
		       "owner = '' AND due <= ?3 AND date <= ?5 AND slow = ?4, "
		       "owner NOT IN ('', ?1)) ORDER BY created",
		       err, "sbibi", journal->owner, which != OP_DEAD, now,
		       which == OP_SLOW_JOB, clock_now()))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0) {
		char owner[ID_SIZE];

		column_copy(&stmt, 12, owner, sizeof(owner));
		if (owner[0] && !owner_dead(journal, owner))
			continue;
		op_read(&stmt, arena, ret_op);
		/* the SELECT must end before the UPDATE may wait its turn */
		stmt_done(&stmt);
		stmt = (struct stmt)STMT_INIT;
		if (!op_claim(journal, ret_op->id, owner, ret_found, err))
			return false;
		return *ret_found || op_take(journal, which, now, arena, ret_op,
					     ret_found, err);
	}
	return found == 0;
}

bool op_take_named(struct journal *journal, const char *kind, const char *text,
		   struct arena *arena, struct op *ret_op, bool *ret_found,
		   struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	char owner[ID_SIZE];

	if (!stmt_open(&stmt, journal->db,
		       "SELECT " COLUMNS ", owner FROM op WHERE state IN "
		       "('intent', 'fired') AND kind = ?1 "
		       "AND instr(payload, ?2) > 0",
		       err, "ss", kind, text) ||
	    !stmt_found(&stmt, ret_found, err))
		return false;
	if (!*ret_found)
		return true;
	column_copy(&stmt, 12, owner, sizeof(owner));
	op_read(&stmt, arena, ret_op);
	stmt_done(&stmt);
	stmt = (struct stmt)STMT_INIT;
	*ret_found = !owner[0] || owner_dead(journal, owner);
	return !*ret_found ||
	       op_claim(journal, ret_op->id, owner, ret_found, err);
}

bool op_jobs_left(struct db *db, bool slow, bool *ret_left, usec_t *ret_due,
		  struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT coalesce(min(iif(date <= ?2, due, NULL)), ?3) "
		       "FROM op WHERE state IN ('intent', 'fired') "
		       "AND owner = '' AND slow = ?1 HAVING count(*) > 0",
		       err, "bii", slow, clock_now(), INT64_MAX))
		return false;
	found = stmt_step(&stmt, err);
	*ret_left = found > 0;
	*ret_due = found > 0 ? column_int(&stmt, 0) : 0;
	return found >= 0;
}

bool op_waits(struct db *db, const char *kind, bool *ret_waits,
	      struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM op WHERE state = 'intent' "
			 "AND owner = '' AND kind = ?",
			 err, "s", kind) &&
	       stmt_found(&stmt, ret_waits, err);
}

bool op_about(struct db *db, const char *kind, const char *subject,
	      bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM op WHERE state IN ('intent', 'fired') "
			 "AND kind = ?1 AND "
			 "json_extract(payload, '$.instance') = ?2",
			 err, "ss", kind, subject) &&
	       stmt_found(&stmt, ret_found, err);
}

bool op_kind_names(struct db *db, const char *kind, const char *text,
		   bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db,
			 "SELECT 1 FROM op WHERE state IN ('intent', 'fired') "
			 "AND kind LIKE ? AND instr(payload, ?) > 0",
			 err, "ss", kind, text) &&
	       stmt_found(&stmt, ret_found, err);
}

bool op_names(struct db *db, const char *file, bool *ret_found,
	      struct error *err)
{
	return op_kind_names(db, "%", file, ret_found, err);
}

const char *op_text(const struct op *op, const char *name, struct arena *arena)
{
	json_t *payload = json_loads(op->payload, 0, NULL);
	const char *text = arena_str(
		arena, json_string_value(json_object_get(payload, name)));

	json_decref(payload);
	return text;
}

int64_t op_number(const struct op *op, const char *name)
{
	json_t *payload = json_loads(op->payload, 0, NULL);
	json_t *value = json_object_get(payload, name);
	int64_t number = json_is_true(value) ? 1 : json_integer_value(value);

	json_decref(payload);
	return number;
}

bool op_forget(struct db *db, usec_t before, struct error *err)
{
	return db_run(db, NULL,
		      "DELETE FROM op WHERE state IN ('done', 'aborted') "
		      "AND updated < ? AND NOT (action = 'RunInstances' AND "
		      "client_token IS NOT NULL AND EXISTS (SELECT 1 FROM "
		      "instance AS i WHERE i.owner = op.account AND "
		      "i.client_token = op.client_token))",
		      err, "i", before);
}

static char boot[40];

static void boot_read(void)
{
	auto_close int fd =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, boot, 36);

	boot[got == 36 ? 36 : 0] = 0;
}

const char *boot_id(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, boot_read);
	return boot;
}
