/* journal.c - who owns an operation, and what a client token means
 *
 * The dead owner is a child process that leaves by _exit() with its operations
 * open: its lock file stays, its lock is gone.
 */
#include <dirent.h>

#include "images/base/clockfile.h"
#include "images/registry/account.h"
#include "images/registry/journal.h"
#include "tests/images/chain/testing.h"

#define ACCOUNT "123456789012"

static struct error err;
static char *path, *dir;

struct process_state {
	struct db *db;
	struct journal *journal;
	struct arena *arena;
};

static struct process_state start(void)
{
	struct process_state p = { .arena = arena_new() };

	check(p.arena);
	good(db_open(path, &p.db, &err));
	good(account_ensure(p.db, ACCOUNT, &err));
	good(journal_open(p.db, dir, &p.journal, &err));
	return p;
}

static void end(struct process_state *p)
{
	journal_close(p->journal);
	db_close(p->db);
	arena_free(p->arena);
}

static struct op new_op(const char *token, const char *request)
{
	return (struct op){
		.kind = "test",
		.account = ACCOUNT,
		.action = "Test",
		.client_token = token,
		.request = request,
		.payload = "{\"instance\":\"i-1\",\"n\":7}",
	};
}

static const char *begin(struct process_state *p, struct op *op)
{
	const char *answer;

	good(op_begin(p->journal, op, p->arena, &answer, &err));
	return answer;
}

static bool take_one(struct process_state *p, enum op_which which,
		     struct op *ret_op)
{
	bool found;

	good(op_take(p->journal, which, clock_wall(), p->arena, ret_op, &found,
		     &err));
	return found;
}

/* How many lock files lie about. */
static int locks(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0;

	check(d);
	while ((entry = readdir(d)))
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

/* A process that begins an operation and dies. */
static void die_with(const char *token)
{
	int status;
	pid_t pid = fork();

	check(pid >= 0);
	if (pid == 0) {
		struct process_state p = start();
		struct op op = new_op(token, "r");

		begin(&p, &op);
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Two processes: the live one's operation is left alone, the dead one's goes
 * to exactly one of many. */
static void ownership(void)
{
	struct process_state mine = start(), other = start();
	struct op op = new_op(NULL, "r"), taken;
	int won = 0;

	begin(&mine, &op);
	check(locks() == 1);
	check(!take_one(&other, OP_DEAD, &taken));
	check(!take_one(&mine, OP_DEAD, &taken));
	bad(UNAVAILABLE, "took this operation over",
	    op_step(other.journal, op.id, "done", 1, NULL, NULL, &err));
	good(op_step(mine.journal, op.id, "fired", 1, NULL, NULL, &err));

	die_with(NULL);
	for (int i = 0; i < 8; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			struct process_state p = start();

			_exit(take_one(&p, OP_DEAD, &taken) ? 1 : 0);
		}
		/* each dies with what it took, and the next one finds it */
		check(waitpid(pid, &status, 0) == pid);
		won += WEXITSTATUS(status);
	}
	check(won == 8);
	check(take_one(&other, OP_DEAD, &taken) &&
	      strcmp(taken.id, op.id) != 0);
	check(!take_one(&mine, OP_DEAD, &taken));

	/* given up, it is anybody's at once */
	good(op_release(other.journal, taken.id, &err));
	check(take_one(&mine, OP_DEAD, &taken));
	good(op_step(mine.journal, taken.id, "aborted", 0, NULL, NULL, &err));
	good(op_step(mine.journal, op.id, "done", 2, NULL, "r-1", &err));
	end(&other);
	end(&mine);
	check(locks() == 0);
}

/* A job that somebody does himself, before it is due: one who has it keeps it,
 * a dead one does not. */
static void by_name(void)
{
	struct process_state mine = start(), other = start();
	struct op job = new_op(NULL, "r"), taken;
	bool found;

	job.kind = "named";
	job.payload = "{\"snapshot\":\"snap-1\"}";
	job.due = INT64_MAX;
	good(op_queue(mine.journal, &job, &err));
	good(op_take_named(mine.journal, "named", "snap-2", mine.arena, &taken,
			   &found, &err));
	check(!found);
	good(op_take_named(mine.journal, "other", "snap-1", mine.arena, &taken,
			   &found, &err));
	check(!found);
	good(op_take_named(mine.journal, "named", "snap-1", mine.arena, &taken,
			   &found, &err));
	check(found && strcmp(taken.id, job.id) == 0);
	good(op_take_named(other.journal, "named", "snap-1", other.arena,
			   &taken, &found, &err));
	check(!found);
	good(op_release(mine.journal, job.id, &err));
	good(op_take_named(other.journal, "named", "snap-1", other.arena,
			   &taken, &found, &err));
	check(found);
	good(op_step(other.journal, job.id, "done", 1, NULL, NULL, &err));
	good(op_take_named(mine.journal, "named", "snap-1", mine.arena, &taken,
			   &found, &err));
	check(!found);
	end(&other);
	end(&mine);
}

/* One that lives on under another name leaves what it had open to anybody, and
 * has no more to say about it. */
static void let_go(void)
{
	struct process_state mine = start(), other = start();
	struct op op = new_op("left", "r"), next = new_op(NULL, "r"), taken;

	check(!journal_let_go(mine.journal)); /* of nothing */
	begin(&mine, &op);
	check(!take_one(&other, OP_DEAD, &taken));
	check(journal_let_go(mine.journal));
	check(locks() == 0);
	bad(UNAVAILABLE, "took this operation over",
	    op_step(mine.journal, op.id, "done", 1, NULL, "r-1", &err));

	begin(&mine, &next);
	check(locks() == 1);
	check(take_one(&other, OP_DEAD, &taken) &&
	      strcmp(taken.id, op.id) == 0);
	check(!take_one(&other, OP_DEAD, &taken));
	good(op_step(other.journal, op.id, "aborted", 0, NULL, NULL, &err));
	good(op_step(mine.journal, next.id, "fired", 1, NULL, NULL, &err));

	/* it may well be the one who takes its own over */
	journal_let_go(mine.journal);
	check(take_one(&mine, OP_DEAD, &taken) &&
	      strcmp(taken.id, next.id) == 0);
	good(op_step(mine.journal, next.id, "done", 2, NULL, NULL, &err));
	journal_let_go(mine.journal);
	check(!take_one(&mine, OP_DEAD, &taken));
	end(&other);
	end(&mine);
	check(locks() == 0);
}

/* Eight at once for eight operations of the dead: none is taken twice. */
static void race(void)
{
	struct process_state p;
	struct op op;
	pid_t pids[8];
	int sum = 0, pipes[2];
	char go = 0;

	for (int i = 0; i < 8; i++)
		die_with(NULL);
	check(locks() == 8 && pipe(pipes) == 0);
	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		close(pipes[1]);
		check(read(pipes[0], &go, 1) == 0);
		p = start();
		for (sum = 0; take_one(&p, OP_DEAD, &op); sum++)
			good(op_step(p.journal, op.id, "done", 1, NULL, NULL,
				     &err));
		_exit(sum);
	}
	close(pipes[0]);
	close(pipes[1]);
	for (int i = 0; i < 8; i++) {
		int status;

		check(waitpid(pids[i], &status, 0) == pids[i]);
		sum += WEXITSTATUS(status);
	}
	check(sum == 8);
	/* what the dead left is swept, a live one's lock is not */
	p = start();
	op = new_op(NULL, "r");
	begin(&p, &op);
	journal_sweep(p.journal);
	check(locks() == 1);
	good(op_step(p.journal, op.id, "done", 1, NULL, NULL, &err));
	check(!take_one(&p, OP_DEAD, &op));
	end(&p);
}

static void tokens(void)
{
	struct process_state p = start();
	struct op first = new_op("t", "r"), again = new_op("t", "r"),
		  wrong = new_op("t", "other"), free_ = new_op("t", "r"), op;
	const char *answer;

	check(!begin(&p, &first));
	bad(TOKEN_AT_WORK, "still",
	    op_begin(p.journal, &again, p.arena, &answer, &err));
	good(op_step(p.journal, first.id, "done", 1, NULL, "r-123", &err));
	answer = begin(&p, &again);
	check(answer && strcmp(answer, "r-123") == 0 && !again.id[0]);
	bad(IDEMPOTENT_MISMATCH, "inconsistent",
	    op_begin(p.journal, &wrong, p.arena, &answer, &err));
	/* another account's, or another action's, is another token */
	wrong.action = "Other";
	check(!begin(&p, &wrong));
	good(op_step(p.journal, wrong.id, "aborted", 1, NULL, NULL, &err));

	/* one that was undone may be used again; a dead one's, after recovery
	 */
	die_with("dead");
	op = new_op("dead", "r");
	bad(TOKEN_AT_WORK, "still",
	    op_begin(p.journal, &op, p.arena, &answer, &err));
	check(take_one(&p, OP_DEAD, &op));
	check(strcmp(op_text(&op, "instance", p.arena), "i-1") == 0);
	check(op_number(&op, "n") == 7 && !op_text(&op, "x", p.arena));
	good(op_step(p.journal, op.id, "aborted", 1, NULL, NULL, &err));
	free_.client_token = "dead";
	check(!begin(&p, &free_));
	good(op_step(p.journal, free_.id, "done", 1, NULL, "x", &err));

	/* tokens are forgotten with what ended long ago */
	good(op_forget(p.db, clock_now() + USEC_PER_SEC, &err));
	first = new_op("t", "other");
	check(!begin(&p, &first));
	good(op_step(p.journal, first.id, "done", 1, NULL, "x", &err));
	end(&p);
}

static void jobs(void)
{
	struct process_state p = start(), other = start();
	struct op op = new_op(NULL, "r"), taken;
	bool left;
	usec_t due;

	good(op_jobs_left(p.db, false, &left, &due, &err));
	check(!left);
	check(!journal_left_job(p.journal));
	op.due = clock_now() - 1;
	good(op_queue(p.journal, &op, &err));
	check(journal_left_job(p.journal) && !journal_left_job(p.journal));
	check(!journal_left_job(other.journal));
	check(!take_one(&p, OP_DEAD, &taken));
	check(take_one(&p, OP_JOB, &taken) && strcmp(taken.id, op.id) == 0);
	check(!take_one(&other, OP_JOB, &taken));
	good(op_about(p.db, "test", "i-1", &left, &err));
	check(left);
	good(op_about(p.db, "test", "i-2", &left, &err));
	check(!left);
	good(op_postpone(p.journal, op.id, clock_now() + 3600 * USEC_PER_SEC,
			 &err));
	check(journal_left_job(p.journal));
	check(!take_one(&other, OP_JOB, &taken));
	good(op_jobs_left(p.db, false, &left, &due, &err));
	check(left && due > clock_now());
	good(op_postpone(other.journal, op.id, 0, &err)); /* not its owner */
	check(!take_one(&other, OP_JOB, &taken));
	end(&other);
	end(&p);
}

/* A job for a date waits for the store's clock to show it, however long that
 * takes by the host's. */
static void dated_jobs(void)
{
	struct process_state p = start();
	struct op op = new_op(NULL, "r"), taken;
	const char *file = in_dir("clock");
	struct clock_setting set;
	bool left;
	usec_t due;

	check(clock_enter(file, true));
	good(clock_file_change(file, CLOCK_RATE, 0, &set, &err));
	op.date = set.store + 72 * 3600 * USEC_PER_SEC;
	good(op_queue(p.journal, &op, &err));
	check(!take_one(&p, OP_JOB, &taken));
	good(op_jobs_left(p.db, false, &left, &due, &err));
	check(left && due == INT64_MAX);
	good(clock_file_change(file, CLOCK_SET, op.date - 1, &set, &err));
	check(!take_one(&p, OP_JOB, &taken));
	good(clock_file_change(file, CLOCK_FORWARD, 1, &set, &err));
	good(op_jobs_left(p.db, false, &left, &due, &err));
	check(left && due == 0);
	check(take_one(&p, OP_JOB, &taken) && strcmp(taken.id, op.id) == 0);
	good(op_step(p.journal, op.id, "done", 0, NULL, NULL, &err));
	clock_leave();
	end(&p);
}

/* Slow jobs are somebody else's, and wait unseen by those who run the quick
 * ones; one that is at work no longer waits. */
static void slow_jobs(void)
{
	struct process_state p = start();
	struct op op = new_op(NULL, "r"), taken;
	bool yes;

	op.kind = "slow";
	op.slow = true;
	good(op_waits(p.db, "slow", &yes, &err));
	check(!yes);
	good(op_queue(p.journal, &op, &err));
	good(op_waits(p.db, "slow", &yes, &err));
	check(yes);
	check(!take_one(&p, OP_JOB, &taken));
	good(op_jobs_left(p.db, true, &yes, &(usec_t){ 0 }, &err));
	check(yes);
	check(take_one(&p, OP_SLOW_JOB, &taken));
	check(strcmp(taken.id, op.id) == 0);
	good(op_waits(p.db, "slow", &yes, &err));
	check(!yes);
	good(op_step(p.journal, op.id, "done", 1, NULL, NULL, &err));
	good(op_jobs_left(p.db, true, &yes, &(usec_t){ 0 }, &err));
	check(!yes);
	end(&p);
}

int main(void)
{
	path = in_dir("journal.db");
	dir = in_dir("locks");
	check(mkdir(dir, 0700) == 0);
	ownership();
	let_go();
	by_name();
	race();
	tokens();
	dated_jobs();
	jobs();
	slow_jobs();
	return 0;
}
