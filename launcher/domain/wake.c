/* wake.c - running something with the embedded driver awake
 *
 * In a child, because libvirt gives the driver back only when its process
 * ends: closing the last connection keeps the lock and the monitors, opening
 * it some twenty times in one process fails ("Too many drivers"), and an
 * exit() beside its threads may crash. The child leaves by _exit(), which the
 * driver must survive anyway.
 */
#include "launcher/domain/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/log.h"
#include "launcher/domain/connect.h"

/* Far longer than any call takes; a child that libvirt hangs is ended. */
#define ANSWER_USEC (120 * USEC_PER_SEC)

/* Another holder may be one that knows no turn (virsh by hand), or one that
 * the kernel is still ending. */
#define BUSY_USEC (5 * USEC_PER_SEC)
#define POLL_USEC 5000

struct answer {
	bool ok;
	long number;
	struct error err;
};

/* Leaves the child alone with its pipe, its turn and a silent stdio. */
static void detach(int answer, int turn)
{
	int null = open("/dev/null", O_RDWR);
	int low = answer < turn ? answer : turn;
	int high = answer < turn ? turn : answer;
	sigset_t none;

	/* Ctrl-C at the terminal shall not leave half a launch */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	dup2(null, 0);
	dup2(null, 1);
	if (log_level_get() < LOG_LEVEL_DEBUG)
		dup2(null, 2);
	if (low > 3)
		syscall(SYS_close_range, 3U, (unsigned)low - 1, 0U);
	if (high > low + 1)
		syscall(SYS_close_range, (unsigned)low + 1, (unsigned)high - 1,
			0U);
	syscall(SYS_close_range, (unsigned)high + 1, ~0U, 0U);
}

/* libvirt compares the CPU that it finds with the one in its cache. Where two
 * cores differ in a bit, it throws the cache away and probes QEMU again, for
 * seconds: so it always looks at the same one. */
static void pin(cpu_set_t *ret_old)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(*ret_old), ret_old) != 0) {
		CPU_ZERO(ret_old);
		return;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, ret_old)) {
			CPU_SET(cpu, &one);
			break;
		}
	sched_setaffinity(0, sizeof(one), &one);
}

static void unpin(const cpu_set_t *old)
{
	if (CPU_COUNT(old))
		sched_setaffinity(0, sizeof(*old), old);
}

static void *loop_main(void *data)
{
	while (virEventRunDefaultImpl() == 0)
		;
	return data;
}

/* libvirt would run dmidecode as it wakes, for what only a machine that shows
 * the host's own SMBIOS needs: it is not found without the sbin directories. */
static void hide_sbin(void)
{
	const char *path = getenv("PATH");
	auto_buf kept = BUF_INIT;

	while (path && *path) {
		size_t size = strcspn(path, ":");

		if (size < 5 || strncmp(path + size - 5, "/sbin", 5) != 0)
			buf_printf(&kept, "%s%.*s", kept.size ? ":" : "",
				   (int)size, path);
		path += size + (path[size] == ':');
	}
	if (kept.size)
		setenv("PATH", buf_text(&kept), 1);
}

static virConnectPtr open_driver(const char *home, struct error *err)
{
	usec_t end = clock_monotonic() + BUSY_USEC;
	auto_free char *uri = embed_uri(home);
	virConnectPtr connection;
	pthread_t thread;
	cpu_set_t old;

	if (!uri)
		return fail_memory(err), NULL;
	if (!libvirt_prepare(err))
		return NULL;
	hide_sbin();
	pin(&old);
	if (virEventRegisterDefaultImpl() != 0)
		return fail_libvirt(err, "no event loop"), NULL;
	while (!(connection = virConnectOpen(uri)) &&
	       strstr(virGetLastErrorMessage(), "acquire pid file") &&
	       clock_monotonic() < end)
		usleep(POLL_USEC);
	unpin(&old);
	if (!connection)
		fail_libvirt(err, "cannot open libvirt's embedded driver");
	else
		pthread_create(&thread, NULL, loop_main, NULL);
	return connection;
}

__attribute__((noreturn)) static void child_main(const struct home *home,
						 wake_fn *run, void *data,
						 int pipe_fd)
{
	struct answer answer = { .err = { FAULT_NONE } };
	virConnectPtr connection;

	detach(pipe_fd, home->turn);
	connection = open_driver(home->path, &answer.err);
	answer.ok = connection &&
		    run(connection, data, &answer.number, &answer.err);
	while (write(pipe_fd, &answer, sizeof(answer)) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Reads the answer; false at the deadline or when the child died. */
static bool read_answer(int fd, struct answer *ret_answer)
{
	usec_t end = clock_monotonic() + ANSWER_USEC;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	for (;;) {
		usec_t left = end - clock_monotonic();
		int got = left > 0 ? poll(&ready, 1, (int)(left / 1000) + 1)
				   : 0;

		if (got < 0 && errno == EINTR)
			continue;
		return got > 0 && read(fd, ret_answer, sizeof(*ret_answer)) ==
					  (ssize_t)sizeof(*ret_answer);
	}
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool wake(const struct home *home, wake_fn *run, void *data, long *ret_number,
	  struct error *err)
{
	struct answer answer;
	int fds[2];
	bool got;
	pid_t pid;

	if (!home_prepare(home, err))
		return false;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail_errno(err, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		child_main(home, run, data, fds[1]);
	close(fds[1]);
	got = pid > 0 && read_answer(fds[0], &answer);
	close(fds[0]);
	if (pid < 0)
		return fail_errno(err, "cannot start a process");
	if (!got)
		kill(pid, SIGKILL);
	reap(pid);
	if (!got)
		return fail(err, FAULT_INTERNAL,
			    "libvirt's embedded driver died, or hung");
	if (!answer.ok) {
		*err = answer.err;
		return false;
	}
	if (ret_number)
		*ret_number = answer.number;
	return true;
}
