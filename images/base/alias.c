/* alias.c - a short name for a long directory, whose sockets need one */
#include "images/base/alias.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/file.h"

#define OLD 3600 /* seconds */

/* Where the links are. */
static char *alias_home(void)
{
	return format_text("/tmp/qami-%u", geteuid());
}

static char *alias_path(const char *home, const char *directory)
{
	char digest[SHA256_TEXT_SIZE];

	sha256_text(directory, strlen(directory), digest);
	return home ? format_text("%s/%.12s", home, digest) : NULL;
}

/* Whether a link leads there. */
static bool leads_to(const char *path, const char *directory)
{
	char target[PATH_MAX];
	ssize_t size = readlink(path, target, sizeof(target) - 1);

	if (size < 0)
		return false;
	target[size] = 0;
	return strcmp(target, directory) == 0;
}

/* Locks the links until the descriptor is closed; -1 when there cannot be any.
 */
static int lock_links(const char *home)
{
	auto_close int fd = -1;

	if (!dir_is_private(home))
		return -1;
	fd = open(home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_EX) == 0 ? take_fd(fd) : -1;
}

/* Removes the old links that lead nowhere: whoever has one looks whether it is
 * there when he needs it. */
static void sweep(const char *home)
{
	DIR *dir = opendir(home);
	time_t before = time(NULL) - OLD;
	struct dirent *entry;
	struct stat link, there;

	while (dir && (entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &link,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(link.st_mode) && link.st_mtime < before &&
		    fstatat(dirfd(dir), entry->d_name, &there, 0) != 0 &&
		    errno == ENOENT)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

char *alias_make(const char *directory)
{
	auto_free char *home = alias_home();
	auto_free char *path = alias_path(home, directory);
	auto_close int lock = -1;

	if (!path || (mkdir(home, 0711) != 0 && errno != EEXIST))
		return NULL;
	lock = lock_links(home);
	if (lock < 0 ||
	    /* whatever the umask was when it was made */
	    fchmod(lock, 0711) != 0)
		return NULL;
	if (symlink(directory, path) == 0)
		sweep(home);
	else if (!leads_to(path, directory))
		return NULL;
	return take(path);
}

static void remove_link(const char *directory, bool unused)
{
	auto_free char *home = alias_home();
	auto_free char *path = alias_path(home, directory);
	auto_close int lock = path ? lock_links(home) : -1;

	if (lock >= 0 && leads_to(path, directory) &&
	    (!unused || dir_is_empty(directory)))
		unlink(path);
}

void alias_remove(const char *directory)
{
	remove_link(directory, false);
}

void alias_remove_unused(const char *directory)
{
	remove_link(directory, true);
}
