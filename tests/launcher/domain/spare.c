/* spare.c - a process in advance gets its task once, ends with its caller, and
 * is not missed when it has died */
#include "launcher/domain/spare.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process: copies its text to its answer, behind the home's name; exit
 * code 7 when there is no task. */
static void wait_for_task(int socket)
{
	struct driver_files files;
	struct driver_order order;
	char text[64];
	ssize_t size;

	if (!spare_receive(socket, &order, &files))
		_exit(7);
	size = read(files.text, text, sizeof(text));
	assert(size > 0 && order.task == DRIVER_CHANGE);
	dprintf(files.answer, "%s: %.*s", order.home, (int)size, text);
	_exit(0);
}

static struct driver_files files_make(int *ret_read, const char *text)
{
	int in[2], out[2];

	assert(pipe(in) == 0 && pipe(out) == 0);
	assert(write(in[1], text, strlen(text)) == (ssize_t)strlen(text));
	close(in[1]);
	*ret_read = out[0];
	return (struct driver_files){ in[0], out[1], in[0] };
}

static void test_task(void)
{
	char got[64] = "";
	int status, answer;
	struct driver_files files = files_make(&answer, "work");
	pid_t pid;

	assert(spare_send("/home", DRIVER_CHANGE, &files) == 0);
	spare_start(wait_for_task);
	pid = spare_send("/home", DRIVER_CHANGE, &files);
	assert(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	assert(read(answer, got, sizeof(got) - 1) > 0);
	assert(strcmp(got, "/home: work") == 0);
	/* it is used up */
	assert(spare_send("/home", DRIVER_CHANGE, &files) == 0);
}

static void die(int socket)
{
	(void)socket;
	_exit(1);
}

/* One that has died is noticed, and leaves nothing to be waited for. */
static void test_dead(void)
{
	struct driver_files files;
	siginfo_t info;
	int answer;

	files = files_make(&answer, "work");
	spare_start(die);
	assert(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0);
	assert(spare_send("/home", DRIVER_CHANGE, &files) == 0);
	assert(waitpid(-1, NULL, WNOHANG) == -1);
}

/* A caller that ends without a task for it ends it, too. */
static void test_end(void)
{
	int status, codes = 0;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (fork() == 0) {
		spare_start(wait_for_task);
		_exit(3);
	}
	for (int i = 0; i < 2; i++) {
		assert(wait(&status) > 0 && WIFEXITED(status));
		codes += WEXITSTATUS(status);
	}
	assert(codes == 3 + 7);
}

int main(void)
{
	test_task();
	test_dead();
	test_end();
	return 0;
}
