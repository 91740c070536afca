/* small-disk.h - a small disk of a test's own */
#ifndef QAMI_TESTS_SMALL_DISK_H
#define QAMI_TESTS_SMALL_DISK_H

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"

static inline bool small_disk_tell(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	return text && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Mounts a tmpfs with those options on a directory, seen by this process only
 * (and those it starts). An ordinary user has root's powers for it, in a user
 * namespace, and stays who he is. False where the host does not let us. */
static inline bool small_disk(const char *path, const char *options)
{
	const unsigned me = geteuid(), mine = getegid();
	auto_free char *user = format_text("%u %u 1", me, me);
	auto_free char *group = format_text("%u %u 1", mine, mine);

	if (geteuid() == 0 ?
		    unshare(CLONE_NEWNS) != 0 :
		    unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0 ||
			    !small_disk_tell("/proc/self/setgroups", "deny") ||
			    !small_disk_tell("/proc/self/uid_map", user) ||
			    !small_disk_tell("/proc/self/gid_map", group))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", path, "tmpfs", 0, options) == 0;
}

#endif
