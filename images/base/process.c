/* process.c - fork, exec, collect
 *
 * Both pipes are drained together by poll(), so that a child which fills one
 * of them never waits for us while we wait for it. Between fork and exec there
 * are system calls only: another thread may have had any lock at that moment,
 * and what the child needs is made before.
 */
#include "images/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "images/base/secret.h"

#define STDERR_KEPT 8192
#define REASON_MOST 160 /* what an error's text has room for */

static void limit(int resource, uint64_t value)
{
	struct rlimit wanted = { value, value };

	if (value && setrlimit((__rlimit_resource_t)resource, &wanted) != 0)
		_exit(126);
}

/* In the child: clears close-on-exec of what shall stay open. */
static void keep_descriptors(const struct process *process)
{
	for (size_t i = 0; i < process->keep_count; i++)
		if (fcntl(process->keep[i], F_SETFD, 0) != 0)
			_exit(126);
}

/* In the child: everything above stderr closes at exec unless kept. */
static void close_others(void)
{
	syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
}

#define HANDED_MOST 8

/* Completed in the child, where its number is known. */
static char listen_pid[32] = "LISTEN_PID=";
static char listen_fds[32] = "LISTEN_FDS=";

static void append_number(char *text, unsigned number)
{
	char digits[16];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	text += strlen(text);
	while (count)
		*text++ = digits[--count];
	*text = 0;
}

/* In the child: the descriptors become 3, 4, … and are said to be for us
 * alone. */
static void hand_over(const int *fds, size_t count)
{
	int copies[HANDED_MOST];

	append_number(listen_pid, (unsigned)getpid());
	append_number(listen_fds, (unsigned)count);
	/* above all that they shall become, or one would close another */
	for (size_t i = 0; i < count; i++) {
		copies[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3 + HANDED_MOST);
		if (copies[i] < 0)
			_exit(126);
	}
	for (size_t i = 0; i < count; i++)
		if (dup2(copies[i], 3 + (int)i) < 0)
			_exit(126);
}

/* Whether a list (or NULL) has a variable of that "NAME=value", too. */
static bool is_set(const char *const *list, const char *variable)
{
	size_t size = strcspn(variable, "=") + 1;

	for (; list && *list; list++)
		if (strncmp(*list, variable, size) == 0)
			return true;
	return false;
}

static size_t list_size(const char *const *list)
{
	size_t size = 0;

	while (list && list[size])
		size++;
	return size;
}

/* The child's environment: what it inherits, or only a PATH, then what is
 * added, and what tells of descriptors that are handed over. Caller frees the
 * list alone; NULL when memory ran out. */
static const char **environment_list(const char *const *added, bool handed,
				     bool bare)
{
	static const char *const path[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin",
		NULL
	};
	static const char *const told[] = { listen_pid, listen_fds, NULL };
	const char *const *inherited = bare ? path :
					      (const char *const *)environ;
	const char *const *telling = handed ? told : NULL;
	const char **list = calloc(list_size(inherited) + list_size(added) +
					   list_size(telling) + 1,
				   sizeof(*list));
	size_t used = 0;

	if (!list)
		return NULL;
	for (; inherited && *inherited; inherited++)
		if (!is_set(added, *inherited) && !is_set(telling, *inherited))
			list[used++] = *inherited;
	for (; added && *added; added++)
		list[used++] = *added;
	for (; telling && *telling; telling++)
		list[used++] = *telling;
	return list;
}

/* In the child: says why it cannot be the program, and ends. */
__attribute__((noreturn)) static void cannot_run(const char *program)
{
	const char *const parts[] = { "cannot run ", program, ": ",
				      strerrordesc_np(errno), "\n" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i] && write(2, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(127);
}

static void child_main(const struct process *process, const char **environment,
		       pid_t parent, int in, int out, int err)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	close_others();
	keep_descriptors(process);
	limit(RLIMIT_AS, process->memory_bytes);
	limit(RLIMIT_CPU, process->cpu_seconds);
	limit(RLIMIT_FSIZE, process->file_bytes);
	if (process->secretive && !secret_forbid_cores())
		_exit(126);
	if (process->untrusted) {
		if (chdir("/") != 0)
			_exit(126);
		unshare(CLONE_NEWNET); /* root only; others rely on the rest */
	}
	if (process->listen_fd > 0)
		hand_over(&process->listen_fd, 1);
	environ = (char **)(uintptr_t)environment;
	execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
	cannot_run(process->argv[0]);
}

bool process_start(const struct process *process, struct child *ret_child,
		   struct error *err)
{
	int out[2] = { -1, -1 }, errors[2] = { -1, -1 };
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_free const char **environment =
		environment_list(process->environment, process->listen_fd > 0,
				 process->untrusted);
	int in = process->stdin_fd > 0 ? process->stdin_fd : null;
	pid_t parent = getpid();
	pid_t pid = -1;

	if (!environment)
		return fail_memory(err);
	if (null >= 0 && pipe2(out, O_CLOEXEC) == 0 &&
	    pipe2(errors, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		child_main(process, environment, parent, in, out[1], errors[1]);
	if (out[1] >= 0)
		close(out[1]);
	if (errors[1] >= 0)
		close(errors[1]);
	if (pid < 0) {
		fail_errno(err, "cannot start %s", process->argv[0]);
		if (out[0] >= 0)
			close(out[0]);
		if (errors[0] >= 0)
			close(errors[0]);
		return false;
	}
	*ret_child = (struct child){
		.pid = pid,
		.out = out[0],
		.err = errors[0],
		.name = process->argv[0],
		.wall_seconds = process->wall_seconds,
		.answers = process->answers,
		.ret_exit = process->ret_exit,
	};
	return true;
}

/* Reads once from a ready pipe; closes it at its end. With a `most`, it is the
 * last bytes that are kept: the last line says why. */
static void drain(int *fd, struct buf *into, size_t most)
{
	char data[16384];
	ssize_t got = read(*fd, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	if (into)
		buf_add(into, data, (size_t)got);
	if (into && most && into->size > most) {
		memmove(into->data, into->data + into->size - most, most + 1);
		into->size = most;
	}
}

/* Milliseconds until a point in time, for poll(); -1 for none. */
static int wait_until(usec_t end)
{
	usec_t left = end - clock_monotonic();

	if (!end)
		return -1;
	return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

/* Collects both pipes until they end; false at the deadline. */
static bool collect(struct child *child, struct buf *out, struct buf *errors,
		    usec_t end)
{
	while (child->out >= 0 || child->err >= 0) {
		struct pollfd fds[2] = {
			{ .fd = child->out, .events = POLLIN },
			{ .fd = child->err, .events = POLLIN },
		};

		if (end && clock_monotonic() >= end)
			return false;
		if (poll(fds, 2, wait_until(end)) < 0)
			continue;
		if (fds[0].revents)
			drain(&child->out, out, 0);
		if (fds[1].revents)
			drain(&child->err, errors, STDERR_KEPT);
	}
	return true;
}

/* Waits for a child that closed its pipes and may live on; false at the
 * deadline. */
static bool await_end(const struct child *child, usec_t end)
{
	auto_close int fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	while (end && fd >= 0) {
		int ready = poll(&poll_fd, 1, wait_until(end));

		if (ready > 0)
			return true;
		if (ready == 0)
			return false;
	}
	return true;
}

/* Ends the child and its group, whose pipes others may still hold open. */
static void child_kill(struct child *child)
{
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
	if (child->out >= 0)
		close(child->out);
	if (child->err >= 0)
		close(child->err);
	child->out = child->err = -1;
}

/* The last non-empty line of what a program complained about; of a long one
 * the end, where the reason stands behind what it was about. */
static const char *last_line(char *text)
{
	size_t size = strlen(text);
	char *start;

	while (size && text[size - 1] == '\n')
		text[--size] = 0;
	start = strrchr(text, '\n');
	start = start ? start + 1 : text;
	size = strlen(start);
	if (size > REASON_MOST) {
		start += size - REASON_MOST;
		memset(start, '.', 3);
	}
	return start;
}

static bool failed(const struct child *child, int status, struct buf *errors,
		   struct error *err)
{
	auto_free char *text = buf_take(errors);
	const char *why = text ? last_line(text) : "";
	bool full = text && (strstr(text, "No space left on device") ||
			     strstr(text, "Disk quota exceeded"));

	if (WIFSIGNALED(status))
		return fail(err, FAULT_INTERNAL,
			    "%s was ended by signal %d%s%s", child->name,
			    WTERMSIG(status), *why ? ": " : "", why);
	return fail(err, full ? FAULT_VOLUME_CAPACITY : FAULT_INTERNAL,
		    "%s failed (exit %d)%s%s", child->name, WEXITSTATUS(status),
		    *why ? ": " : "", why);
}

bool process_finish(struct child *child, struct buf *ret_out, struct error *err)
{
	usec_t end =
		child->wall_seconds ?
			clock_monotonic() + child->wall_seconds * USEC_PER_SEC :
			0;
	auto_buf errors = BUF_INIT;
	bool late = !collect(child, ret_out, &errors, end) ||
		    !await_end(child, end);
	int status;

	if (late)
		child_kill(child);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(err, "cannot wait for %s",
					  child->name);
	if (WIFEXITED(status) &&
	    (child->answers | 1) & 1U << (WEXITSTATUS(status) & 31) &&
	    WEXITSTATUS(status) < 32) {
		if (child->ret_exit)
			*child->ret_exit = WEXITSTATUS(status);
		return true;
	}
	if (late)
		return fail(err, FAULT_INTERNAL,
			    "%s was killed after %u seconds", child->name,
			    child->wall_seconds);
	return failed(child, status, &errors, err);
}

bool process_run(const struct process *process, struct buf *ret_out,
		 struct error *err)
{
	struct child child;

	return process_start(process, &child, err) &&
	       process_finish(&child, ret_out, err);
}

/* What a detached program's start came to. */
struct detached {
	pid_t pid;
	int error; /* an errno; 0: it runs */
};

/* In the child: becomes the program, and init's child. What went wrong is told
 * on `report`, which closes when nothing did. */
static void detached_main(const char *program, const char *const *argv,
			  const char **environment, const int *fds,
			  size_t count, int report)
{
	struct detached now = { 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	setsid();
	if (fork() != 0)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	now.pid = getpid();
	/* out of the way of what is handed over */
	report = fcntl(report, F_DUPFD_CLOEXEC, 3 + HANDED_MOST);
	if (write(report, &now, sizeof(now)) != sizeof(now) ||
	    dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    chdir("/") != 0)
		_exit(126);
	close_others();
	if (count)
		hand_over(fds, count);
	environ = (char **)(uintptr_t)environment;
	execvp(program, (char *const *)(uintptr_t)argv);
	now.error = errno;
	if (write(report, &now, sizeof(now)) != sizeof(now))
		_exit(126);
	_exit(127);
}

bool process_detach(const char *program, const char *const *argv,
		    const int *fds, size_t count, pid_t *ret_pid,
		    struct error *err)
{
	struct detached now = { 0, ECHILD }, then;
	auto_free const char **environment =
		environment_list(NULL, count, false);
	auto_close int from = -1;
	int ends[2];
	pid_t pid;

	if (!environment)
		return fail_memory(err);
	if (count > HANDED_MOST)
		return fail(err, FAULT_INTERNAL, "too many descriptors for %s",
			    program);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot start %s", program);
	from = ends[0];
	pid = fork();
	if (pid == 0)
		detached_main(program, argv, environment, fds, count, ends[1]);
	close(ends[1]);
	if (pid < 0)
		return fail_errno(err, "cannot start %s", program);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	while (read(from, &then, sizeof(then)) == sizeof(then))
		now = then;
	if (now.error) {
		errno = now.error;
		return fail_errno(err, "cannot run %s", program);
	}
	*ret_pid = now.pid;
	return true;
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

bool process_found(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return is_program(name);
	while (path && *path) {
		size_t size = strcspn(path, ":");
		auto_free char *file =
			format_text("%.*s/%s", (int)size, path, name);

		if (file && is_program(file))
			return true;
		path += size + (path[size] == ':');
	}
	return false;
}
