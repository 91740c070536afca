/* wake.c - doing something with the embedded driver awake
 *
 * In a process of its own, because libvirt gives the driver back only when its
 * process ends: closing the last connection keeps the lock and the monitors,
 * opening it some twenty times in one process fails ("Too many drivers"), and
 * an exit() beside its threads may crash. Where one was started in advance
 * (spare.h) it is used. A caller with one thread else just forks; the child of
 * one with several would inherit locks that nobody unlocks, so it becomes a
 * fresh program first.
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
#include "launcher/domain/spare.h"

/* Far longer than any task takes; a process that libvirt hangs is ended. */
#define ANSWER_USEC (120 * USEC_PER_SEC)

/* What the driver's process needs. */
struct spawn {
	const struct home *home;
	enum driver_task task;
	char task_text[8];
	struct driver_files files;
	bool quiet;
	bool exec;
};

static pid_t start(const struct spawn *spawn)
{
	const char *const argv[] = { DRIVER_NAME, spawn->home->path,
				     spawn->task_text, NULL };
	pid_t pid = spare_send(spawn->home->path, spawn->task, &spawn->files);

	if (!pid)
		pid = fork();
	if (pid != 0)
		return pid;
	driver_arrange(&spawn->files, spawn->quiet, spawn->exec);
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
	spawn->files.answer = fds[1];
	if (lseek(spawn->files.text, 0, SEEK_SET) == 0)
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

/* Runs the process, at most twice. */
static bool run_it(struct spawn *spawn, struct driver_answer *ret_answer,
		   struct error *err)
{
	bool got = false;

	if (!run(spawn, ret_answer, &got, err))
		return false;
	/* a program whose main() does not call hypervisor_driver() */
	if (!got && spawn->exec) {
		spawn->exec = false;
		if (!run(spawn, ret_answer, &got, err))
			return false;
	}
	return got || fail(err, FAULT_INTERNAL,
			   "libvirt's embedded driver died, or hung");
}

/* What the process reads: in memory, for there are keys in it. */
static bool write_task(int file, const struct secrets *secrets,
		       const char *text, struct error *err)
{
	static const struct secrets none = SECRETS_INIT;

	return secrets_write(secrets ? secrets : &none, file, err) &&
	       write_all(file, text, strlen(text), "the task", err);
}

bool wake(const struct home *home, enum driver_task task,
	  const struct secrets *secrets, const char *text,
	  struct driver_answer *ret_answer, struct error *err)
{
	auto_close int file = memfd_create("qami-domain", MFD_CLOEXEC);
	struct spawn spawn = {
		.home = home,
		.task = task,
		.files = { .text = file, .turn = home->turn },
		.quiet = driver_quiet(),
		.exec = !__libc_single_threaded,
	};
	struct driver_answer answer;
	bool answered;

	snprintf(spawn.task_text, sizeof(spawn.task_text), "%d", (int)task);
	if (file < 0)
		return fail_errno(err, "cannot make a file in memory");
	if ((text && !write_task(file, secrets, text, err)) ||
	    !home_prepare(home, err) ||
	    (task != DRIVER_CREATE && !home_make_room(home, err)))
		return false;
	answered = run_it(&spawn, &answer, err);
	home_settle(home);
	if (!answered)
		return false;
	if (!answer.ok) {
		*err = answer.err;
		return false;
	}
	if (ret_answer)
		*ret_answer = answer;
	return true;
}
