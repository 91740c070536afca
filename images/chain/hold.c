/* hold.c - leases, and /proc where there are none
 *
 * A lease is better evidence than a walk through /proc: it is one system call,
 * sees the processes of other users and namespaces, and stays true until it is
 * given up. The kernel tells its holder of a broken one by a signal whose
 * default would end us; SIGURG's does nothing.
 */
#include "images/chain/hold.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"

static bool lease(int fd, int type)
{
	return fcntl(fd, F_SETSIG, SIGURG) == 0 &&
	       fcntl(fd, F_SETLEASE, type) == 0;
}

static bool sealed(int fd)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & wanted) == wanted;
}

enum hold_state hold_still(int fd)
{
	if (sealed(fd) || lease(fd, F_RDLCK))
		return HOLD_KEPT;
	return errno == EAGAIN ? HOLD_WRITTEN : HOLD_IMPOSSIBLE;
}

bool hold_kept(int fd)
{
	return sealed(fd) || fcntl(fd, F_GETLEASE) == F_RDLCK;
}

bool hold_end(int fd)
{
	bool kept = hold_kept(fd);

	fcntl(fd, F_SETLEASE, F_UNLCK);
	return kept;
}

/* Whether one process, "/proc/PID/fd", has the file open: for writing, or at
 * all. One of our own descriptors is not counted. */
static bool process_has(const char *path, const struct stat *file, bool writing,
			int own)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool has = false;

	while (dir && !has && (entry = readdir(dir))) {
		struct stat to, link;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    fstatat(dirfd(dir), entry->d_name, &to, 0) != 0 ||
		    to.st_dev != file->st_dev || to.st_ino != file->st_ino)
			continue;
		if (own >= 0 && atoi(entry->d_name) == own)
			continue;
		/* the link's own mode says how the file was opened */
		has = !writing || (fstatat(dirfd(dir), entry->d_name, &link,
					   AT_SYMLINK_NOFOLLOW) == 0 &&
				   (link.st_mode & 0200));
	}
	if (dir)
		closedir(dir);
	return has;
}

static bool any_process_has(const struct stat *file, bool writing, int own)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool has = false;

	while (proc && !has && (entry = readdir(proc))) {
		char path[sizeof("/proc//fd") + sizeof(entry->d_name)];

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fd", entry->d_name);
		has = process_has(path, file, writing,
				  atoi(entry->d_name) == getpid() ? own : -1);
	}
	if (proc)
		closedir(proc);
	return has;
}

bool hold_writer_seen(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && any_process_has(&st, true, -1);
}

bool hold_alone(int dir, const char *name, int *ret_hold)
{
	auto_close int fd = openat(
		dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == EAGAIN)
		return false;
	if (fd >= 0 && lease(fd, F_WRLCK)) {
		*ret_hold = take_fd(fd);
		return true;
	}
	if (fd >= 0 && errno == EAGAIN)
		return false;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	       !any_process_has(&st, false, fd);
}

void hold_close(int *hold)
{
	if (*hold >= 0)
		close(*hold);
}
