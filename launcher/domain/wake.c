/* wake.c - doing something with the embedded driver awake
 *
 * In a process of its own, because libvirt gives the driver back only when its
 * process ends: closing the last connection keeps the lock and the monitors,
 * opening it some twenty times in one process fails ("Too many drivers"), and
 * an exit() beside its threads may crash. A caller with one thread just forks;
 * the child of one with several would inherit locks that nobody unlocks, so it
 * becomes a fresh program first.
 */
#include "launcher/domain/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/log.h"

/* Far longer than any task takes; a process that libvirt hangs is ended. */
#define ANSWER_USEC (120 * USEC_PER_SEC)

/* Numbers above those that the driver's process has in the end. */
#define ABOVE 10

/* What the driver's process needs. */
struct spawn {
	const struct home *home;
	enum driver_task task;
	char task_text[8];
	int text;
	int answer;
	bool quiet;
	bool exec;
};

/* In the child: only its own descriptors, no terminal, default signals. Makes
 * system calls only, for the parent may have had threads. */
static void arrange(const struct spawn *spawn)
{
	int text = fcntl(spawn->text, F_DUPFD, ABOVE);
	int answer = fcntl(spawn->answer, F_DUPFD, ABOVE);
	int turn = fcntl(spawn->home->turn, F_DUPFD, ABOVE);
	int error = spawn->quiet ? open("/dev/null", O_WRONLY) : 2;
	sigset_t none;

	/* Ctrl-C at the terminal shall not leave half a launch */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	if (dup2(error, 2) < 0 || dup2(text, DRIVER_TEXT) < 0 ||
	    dup2(answer, DRIVER_ANSWER) < 0 || dup2(turn, DRIVER_TURN) < 0)
		_exit(1);
	syscall(SYS_close_range, DRIVER_TURN + 1U, ~0U, 0U);
	fcntl(DRIVER_TURN, F_SETFD, spawn->exec ? 0 : FD_CLOEXEC);
}

static pid_t start(const struct spawn *spawn)
{
	const char *const argv[] = { DRIVER_NAME, spawn->home->path,
				     spawn->task_text, NULL };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	arrange(spawn);
	if (!spawn->exec)
		driver_run(spawn->home->path, spawn->task);
	execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	_exit(1);
}

/* Reads the answer; false at the deadline or when the process died. */
static bool read_answer(int fd, struct driver_answer *ret_answer)
{
	usec_t end = clock_monotonic() + ANSWER_USEC;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	for (;;) {
		usec_t left = end - clock_monotonic();
		int got = left > 0 ? poll(&ready, 1, (int)(left / 1000) + 1) :
				     0;

		if (got < 0 && errno == EINTR)
			continue;
		return got > 0 &&
		       read(fd, ret_answer, sizeof(*ret_answer)) ==
			       (ssize_t)sizeof(*ret_answer) &&
		       ret_answer->magic == DRIVER_MAGIC;
	}
}

/* Runs the process once. False with a report if it could not be started;
 * *ret_got says whether it answered. */
static bool run(struct spawn *spawn, struct driver_answer *ret_answer,
		bool *ret_got, struct error *err)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot make a pipe");
	spawn->answer = fds[1];
	if (lseek(spawn->text, 0, SEEK_SET) == 0)
		pid = start(spawn);
	else
		pid = -1;
	close(fds[1]);
	*ret_got = pid > 0 && read_answer(fds[0], ret_answer);
	close(fds[0]);
	if (pid < 0)
		return fail_errno(err, "cannot start a process");
	if (!*ret_got)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

bool wake(const struct home *home, enum driver_task task, const char *text,
	  struct driver_answer *ret_answer, struct error *err)
{
	auto_close int file = memfd_create("qami-domain", MFD_CLOEXEC);
	struct spawn spawn = {
		.home = home,
		.task = task,
		.text = file,
		.quiet = log_level_get() < LOG_LEVEL_DEBUG,
		.exec = !__libc_single_threaded,
	};
	struct driver_answer answer;
	bool got = false;

	snprintf(spawn.task_text, sizeof(spawn.task_text), "%d", (int)task);
	if (file < 0)
		return fail_errno(err, "cannot make a file in memory");
	if ((text && !write_all(file, text, strlen(text), "the task", err)) ||
	    !home_prepare(home, err) || !run(&spawn, &answer, &got, err))
		return false;
	/* a program whose main() does not call hypervisor_driver() */
	if (!got && spawn.exec) {
		spawn.exec = false;
		if (!run(&spawn, &answer, &got, err))
			return false;
	}
	if (!got)
		return fail(err, FAULT_INTERNAL,
			    "libvirt's embedded driver died, or hung");
	if (!answer.ok) {
		*err = answer.err;
		return false;
	}
	if (ret_answer)
		*ret_answer = answer;
	return true;
}
