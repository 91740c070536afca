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
#include "launcher/domain/domain.h"

/* Enough for the arguments up to -uuid; libvirt puts it near the front. */
#define CMDLINE_READ 16384

/* What QEMU gets to flush its disks, and the kernel to end it after that. */
#define TERM_MS 10000
#define KILL_MS 30000

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

/* Waits until the process has ended, at most that long. */
static bool ended_within(int pidfd, int ms)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	return poll(&fd, 1, ms) > 0;
}

bool proc_end(pid_t pid, const char *uuid)
{
	auto_close int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	/* looked at again with the descriptor in hand: no other process can
	 * take over this number unnoticed now */
	if (pidfd < 0 || !proc_is(pid, uuid))
		return true;
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) != 0)
		return errno == ESRCH;
	if (ended_within(pidfd, TERM_MS))
		return true;
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	return ended_within(pidfd, KILL_MS);
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
