/* journal.h - the journal: what is being done, by whom, and how far it is
 *
 * An operation that needs a file and a row, or more than one of either, is
 * written here before it begins (safety 3.4). Its owner is a lock file that
 * the process holds, or a thread of it that has a journal of its own; when the
 * lock can be had, the owner is dead and recovery takes the operation over.
 * Every step is an UPDATE that names the owner, so two never both work on one.
 *
 *   intent  chosen names are in the payload, nothing irreversible happened
 *   fired   the machine may have been told; only the world knows
 *   done    committed; `answer` is replayed for the same client token
 *   aborted undone
 *
 * A job is an operation without an owner that is due from a time on: whoever
 * runs jobs takes it. Those that move many bytes are slow ones, which never
 * hold up the others.
 */
#ifndef QAMI_REGISTRY_JOURNAL_H
#define QAMI_REGISTRY_JOURNAL_H

#include "images/base/clock.h"
#include "images/base/id.h"
#include "images/registry/db.h"

struct op {
	char id[ID_SIZE];
	const char *kind; /* of the table in launcher/instance/recover.c */
	const char *account;
	const char *action;
	const char *client_token; /* or NULL */
	const char *request;	  /* SHA-256 of the parameters */
	const char *state;
	int64_t step;
	const char *payload; /* JSON: names chosen before anything was made */
	const char *answer;  /* what was made, for a replay; or NULL */
	usec_t due;  /* a job waits until then, by the host's clock … */
	usec_t date; /* … and until it is then by the store's: set to
		      * queue it, not read */
	bool slow;   /* it may take long: set to queue it, not read */
	usec_t created;
};

/* An identity in the journal, held by a lock file under `dir`: a process's, or
 * a thread's. */
struct journal;
bool journal_open(struct db *db, const char *dir, struct journal **ret_journal,
		  struct error *err) must_check;
void journal_close(struct journal *journal);
AUTO_DEFINE(journal, journal_close)

/* Dies, as far as others can tell, and lives on under another name: what this
 * owner left open is anybody's. For a process that does one thing after the
 * other, between them. Costs nothing where nothing was begun; says whether
 * something was. */
bool journal_let_go(struct journal *journal);

/* Whether a job was left behind here since this was last asked: queued, or
 * given back. */
bool journal_left_job(struct journal *journal);

/* Removes the lock files of owners that died. Costs the reading of one
 * small directory. */
void journal_sweep(struct journal *journal);

/* Begins an operation within the caller's transaction: fills op->id and owns
 * it. With a client token that was used before, nothing is begun: the same
 * request sets *ret_answer to the stored answer (in the arena), another one is
 * FAULT_IDEMPOTENT_MISMATCH, and one that is still at work
 * FAULT_TOKEN_AT_WORK, for which action_run() waits. */
bool op_begin(struct journal *journal, struct op *op, struct arena *arena,
	      const char **ret_answer, struct error *err) must_check;

/* The first half of op_begin() alone: the answer of an earlier operation with
 * the same client token, before anything is planned. */
bool op_answer(struct journal *journal, const struct op *op,
	       struct arena *arena, const char **ret_answer, struct error *err)
	must_check;

/* Leaves a job behind instead: nobody owns it until it is taken. */
bool op_queue(struct journal *journal, struct op *op, struct error *err)
	must_check;

/* Moves an operation that this process owns; FAULT_UNAVAILABLE when it does
 * not (any more). NULL leaves payload or answer as they are. */
bool op_step(struct journal *journal, const char *id, const char *state,
	     int64_t step, const char *payload, const char *answer,
	     struct error *err) must_check;

/* Gives a job back, to be taken again from `due` on, by the host's clock. */
bool op_postpone(struct journal *journal, const char *id, usec_t due,
		 struct error *err) must_check;

/* Has a waiting job of that kind whose payload names a text be due now. One
 * that is at work looks again in its own time. */
bool op_hasten(struct journal *journal, const char *kind, const char *text,
	       struct error *err) must_check;

/* Gives up an operation that this process owns: as if it had died. */
bool op_release(struct journal *journal, const char *id, struct error *err)
	must_check;

/* Takes over one open operation whose owner is dead, or a job that is due when
 * the host's clock shows `now`.
 * *ret_found is false when there is none left. The op's texts are in the
 * arena. */
enum op_which { OP_DEAD, OP_JOB, OP_SLOW_JOB };
bool op_take(struct journal *journal, enum op_which which, usec_t now,
	     struct arena *arena, struct op *ret_op, bool *ret_found,
	     struct error *err) must_check;

/* The same of one job of that kind whose payload names a text, due or not:
 * who takes it does it himself. */
bool op_take_named(struct journal *journal, const char *kind, const char *text,
		   struct arena *arena, struct op *ret_op, bool *ret_found,
		   struct error *err) must_check;

/* Whether any job waits, slow ones or others, and when the next one is due
 * that waits for no date: INT64_MAX if they all do. */
bool op_jobs_left(struct db *db, bool slow, bool *ret_left, usec_t *ret_due,
		  struct error *err) must_check;

/* Whether a job of that kind waits that nobody has begun. */
bool op_waits(struct db *db, const char *kind, bool *ret_waits,
	      struct error *err) must_check;

/* Whether an open operation of that kind names `subject` in its payload's
 * member "instance". */
bool op_about(struct db *db, const char *kind, const char *subject,
	      bool *ret_found, struct error *err) must_check;

/* Whether any open operation names a file in its payload. */
bool op_names(struct db *db, const char *file, bool *ret_found,
	      struct error *err) must_check;

/* Whether any open operation of that kind names a text in its payload. */
bool op_kind_names(struct db *db, const char *kind, const char *text,
		   bool *ret_found, struct error *err) must_check;

/* A member of an operation's payload: a text in the arena (NULL when there is
 * none), a number or truth value (0). */
const char *op_text(const struct op *op, const char *name, struct arena *arena);
int64_t op_number(const struct op *op, const char *name);

/* Forgets what ended before `before`; client tokens are forgotten with it, but
 * for those of instances that are still there.
 * Every new operation forgets what is two days old. */
bool op_forget(struct db *db, usec_t before, struct error *err) must_check;

/* The host's boot id: after a reboot no machine and no process survives.
 * Static text, "" where the kernel does not tell. */
const char *boot_id(void);

#endif
