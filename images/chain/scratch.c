/* scratch.c - an empty sparse disk
 *
 * Always a fresh file: blocks that another guest wrote can never show up in a
 * file that was empty when it was made.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/file.h"
#include "images/chain/chain-private.h"

static bool flush_parent(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = NULL;

	if (!slash)
		return dir_sync(".", err);
	dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return dir ? dir_sync(dir, err) : fail_memory(err);
}

bool scratch_create(const char *path, uint64_t size, struct error *err)
{
	auto_close int fd = -1;

	if (size > INT64_MAX - SECTOR)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a scratch disk of %llu bytes is too large",
			    (unsigned long long)size);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", path);
	if (fchmod(fd, 0600) != 0 ||
	    ftruncate(fd, (off_t)sectors_up(size)) != 0 || fsync(fd) != 0) {
		fail_errno(err, "cannot make %s", path);
		goto undo;
	}
	if (flush_parent(path, err))
		return true;
undo:
	unlink(path);
	return false;
}
