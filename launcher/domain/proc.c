/* proc.c - QEMU processes as /proc shows them
 *
 * Linked into the program itself: whether a machine lives is asked far more
 * often than anything that needs libvirt.
 */
#include "launcher/domain/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "launcher/domain/domain.h"

/* Enough for the arguments up to -uuid; libvirt puts it near the front. */
#define CMDLINE_READ 16384

/* What QEMU gets to flush its disks, and the kernel to end it after that. */
#define TERM_MS 10000
#define KILL_MS 30000
#define LOOK_USEC 10000

/* Reads the arguments, each ended by a NUL; 0 for none (gone, or a zombie). */
static size_t read_cmdline(pid_t pid, char *ret_text, size_t room)
{
	char path[64];
	auto_close int fd = -1;
	size_t used = 0;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && used < room - 1) {
		ssize_t got = read(fd, ret_text + used, room - 1 - used);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	ret_text[used] = 0;
	return used;
}

/* The value behind an option; NULL when it is not there. */
static const char *argument(const char *text, size_t size, const char *option)
{
	const char *end = text + size;

	/* some other program's argument is no machine */
	if (!strstr(text, "qemu"))
		return NULL;
	for (const char *arg = text; arg < end; arg += strlen(arg) + 1)
		if (strcmp(arg, option) == 0) {
			arg += strlen(arg) + 1;
			return arg < end ? arg : NULL;
		}
	return NULL;
}

bool proc_is(pid_t pid, const char *uuid)
{
	char text[CMDLINE_READ];
	size_t size = read_cmdline(pid, text, sizeof(text));
	const char *value = argument(text, size, "-uuid");

	return value && strcmp(value, uuid) == 0;
}

/* Waits until the process has ended, at most that long; without a descriptor
 * by looking again and again. */
static bool ended_within(int pidfd, pid_t pid, const char *uuid, int ms)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };
	usec_t end = clock_monotonic() + ms * 1000LL;

	if (pidfd >= 0)
		return poll(&fd, 1, ms) > 0;
	while (proc_is(pid, uuid)) {
		if (clock_monotonic() > end)
			return false;
		usleep(LOOK_USEC);
	}
	return true;
}

/* To the process itself where there is a descriptor, not to its number. */
static int send_signal(int pidfd, pid_t pid, int number)
{
	if (pidfd < 0)
		return kill(pid, number);
	return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

bool proc_end(pid_t pid, const char *uuid)
{
	auto_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* looked at with the descriptor in hand: no other process can take
	 * over this number unnoticed from here on */
	if (!proc_is(pid, uuid))
		return true;
	if (send_signal(pidfd, pid, SIGTERM) != 0)
		return errno == ESRCH;
	if (ended_within(pidfd, pid, uuid, TERM_MS))
		return true;
	if (proc_is(pid, uuid))
		send_signal(pidfd, pid, SIGKILL);
	return ended_within(pidfd, pid, uuid, KILL_MS);
}

pid_t proc_find(const char *uuid)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	if (!dir)
		return 0;
	while (!found && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && proc_is(pid, uuid))
			found = pid;
	}
	closedir(dir);
	return found;
}

bool machine_alive(pid_t pid, const char *uuid)
{
	return pid > 0 ? proc_is(pid, uuid) : proc_find(uuid) > 0;
}
