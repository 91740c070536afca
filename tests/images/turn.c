/* turn.c - one at a time, in any order of names, and not for ever */
#include "images/turn.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/wait.h>

#define A "vol-00000000000000001"
#define B "vol-00000000000000101"
#define C "vol-fffffffffffffffff"

static struct call call_new(void)
{
	struct error err = { 0 };
	struct call call = { .account = "123456789012" };

	assert(store_open(NULL, NULL, &call.store, &err));
	return call;
}

/* A turn that is held is nobody else's, also not within one process; others
 * are free. */
static void test_exclusion(struct call *call)
{
	const char *const mine[] = { B, A };
	const char *const again[] = { A };
	const char *const other[] = { C };
	struct error err = { 0 };
	auto_turn first = TURN_INIT, second = TURN_INIT;

	assert(turn_take(call, mine, 2, 0, &first, &err));
	assert(turn_take(call, other, 1, 0, &second, &err));
	turn_done(&second);
	assert(!turn_take(call, again, 1, 20, &second, &err));
	assert(err.fault == FAULT_UNAVAILABLE);
	error_clear(&err);
	turn_done(&first);
	assert(turn_take(call, again, 1, 0, &second, &err));
}

/* Who has a turn learns that somebody waits for it, and for how long. */
static void test_wanted(struct call *call)
{
	const char *const mine[] = { A, B };
	const char *const one[] = { B };
	struct error err = { 0 };
	auto_turn turn = TURN_INIT, unused = TURN_INIT;
	int status;
	pid_t pid;

	assert(turn_take(call, mine, 2, 0, &turn, &err));
	assert(!turn_wanted(&turn, B));
	/* one that does not wait wants nothing */
	assert(!turn_take(call, one, 1, 0, &unused, &err));
	assert(!turn_wanted(&turn, B));
	pid = fork();
	if (pid == 0) {
		turn_done(&turn);
		error_clear(&err);
		assert(turn_take(call, one, 1, 60000, &unused, &err));
		assert(!turn_wanted(&unused, B));
		_exit(0);
	}
	while (!turn_wanted(&turn, B))
		usleep(1000);
	assert(!turn_wanted(&turn, A) && !turn_wanted(&turn, C));
	turn_done(&turn);
	assert(waitpid(pid, &status, 0) == pid && status == 0);
	error_clear(&err);
	assert(turn_take(call, mine, 2, 0, &turn, &err));
	assert(!turn_wanted(&turn, B));
}

/* A turn ends with its process, and whoever waits gets it. */
static void test_death(struct call *call)
{
	const char *const mine[] = { A };
	struct error err = { 0 };
	auto_turn turn = TURN_INIT;
	char byte;
	int fds[2], end[2], status;
	pid_t pid;

	assert(pipe(fds) == 0 && pipe(end) == 0);
	pid = fork();
	if (pid == 0) {
		assert(turn_take(call, mine, 1, 0, &turn, &err));
		assert(write(fds[1], "x", 1) == 1);
		assert(read(end[0], &byte, 1) == 1);
		usleep(100000); /* it is waited for by then */
		_exit(0);
	}
	assert(read(fds[0], &byte, 1) == 1);
	assert(!turn_take(call, mine, 1, 0, &turn, &err));
	error_clear(&err);
	assert(write(end[1], "x", 1) == 1);
	assert(turn_take(call, mine, 1, 60000, &turn, &err));
	assert(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	struct call call = call_new();

	test_exclusion(&call);
	test_wanted(&call);
	test_death(&call);
	store_close(call.store);
	return 0;
}
