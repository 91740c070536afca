/* job.c - running jobs
 *
 * The runner holds run/jobs.lock, that of slow jobs run/slow.lock. It looks
 * once more after letting go of it: a job that was left behind in that moment
 * found the lock taken.
 */
#include "launcher/instance/job.h"

#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "launcher/instance/recover.h"

#define FAILED_AGAIN (5 * USEC_PER_SEC)
#define LEAST_WAIT (USEC_PER_SEC / 50)

/* The verb that becomes the runner: launcher/cli/verb/run-jobs.c. */
#define RUNNER "run-jobs"

static int runner_lock(const struct store *store, bool slow)
{
	auto_free char *path =
		store_path(store, "run/%s.lock", slow ? "slow" : "jobs");

	return path ? file_lock(path, false) : -1;
}

/* Starts one runner where there is something to run and nobody does. */
static bool spawn(struct call *call, bool slow, struct error *err)
{
	const char *const argv[] = {
		"qami",		    "--store",
		call->store->path,  "--account",
		call->account,	    RUNNER,
		slow ? "--slow" : NULL, NULL,
	};
	auto_close int lock = -1;
	bool left;
	usec_t due;
	pid_t pid;

	if (!op_jobs_left(call->store->db, slow, &left, &due, err))
		return false;
	if (!left)
		return true;
	lock = runner_lock(call->store, slow);
	if (lock < 0)
		return true; /* it is there */
	close(lock);
	lock = -1;
	return process_detach("/proc/self/exe", argv, NULL, 0, &pid, err);
}

bool job_spawn(struct call *call, struct error *err)
{
	/* a runner, too, begins with recovery, and is about to do the jobs */
	if (strcmp(call->action, RUNNER) == 0)
		return true;
	return spawn(call, false, err) && spawn(call, true, err);
}

/* Runs one job; one that failed is tried again later. What it leaves behind may
 * be the other runner's. */
static bool run_one(struct call *call, const struct op *op, bool slow,
		    struct error *err)
{
	struct error failed = { 0 };
	usec_t due = 0;

	call->now = clock_now();
	if (!recover_job(call, op, &due, &failed)) {
		log_warning("%s %s: %s", op->kind, op->id, failed.text);
		due = clock_wall() + FAILED_AGAIN;
	}
	return (!due || op_postpone(call->store->journal, op->id, due, err)) &&
	       (!journal_left_job(call->store->journal) ||
		spawn(call, !slow, err));
}

/* Whether the store's registry is still there: it may have been removed under
 * a job that waits. */
static bool store_there(const struct store *store)
{
	auto_free char *path = store_path(store, "qami.db");

	return path && access(path, F_OK) == 0;
}

/* Runs what is due, sleeping until the next one is; false in *ret_left when
 * none is left. */
static bool run_round(struct call *call, bool slow, bool *ret_left,
		      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct op op;
	bool found;
	usec_t due, wait;

	if (!arena)
		return fail_memory(err);
	if (!op_take(call->store->journal, slow ? OP_SLOW_JOB : OP_JOB,
		     clock_wall(), arena, &op, &found, err))
		return false;
	if (found)
		return run_one(call, &op, slow, err);
	if (!op_jobs_left(call->store->db, slow, ret_left, &due, err))
		return false;
	if (!*ret_left)
		return true;
	/* a new job may be due sooner; one that is due but was not to be had
	 * is in other hands */
	wait = due - clock_wall();
	if (wait > USEC_PER_SEC)
		wait = USEC_PER_SEC;
	if (wait < LEAST_WAIT)
		wait = LEAST_WAIT;
	usleep((useconds_t)wait);
	return true;
}

bool job_run_all(struct call *call, bool slow, struct error *err)
{
	bool left = true;

	/* what was recovered on the way here may be the other's */
	if (!spawn(call, !slow, err))
		return false;
	while (left) {
		auto_close int lock = runner_lock(call->store, slow);

		if (lock < 0)
			return true;
		while (left) {
			if (!store_there(call->store))
				return true;
			if (!run_round(call, slow, &left, err))
				return false;
		}
		close(lock);
		lock = -1;
		if (!op_jobs_left(call->store->db, slow, &left, &(usec_t){ 0 },
				  err))
			return false;
	}
	return true;
}
