/* scratch.c - an empty sparse disk, or one that begins as a copy
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
#include "images/chain/empty.h"

/* The directory that a path is in; caller frees; NULL when memory ran out. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool flush_parent(const char *path, struct error *err)
{
	auto_free char *dir = parent_of(path);

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

bool scratch_create_over(const char *path, const char *base,
			 enum layer_format format, bool whole,
			 struct error *err)
{
	const struct layer_ref below = { base, format };
	auto_free char *parent = parent_of(path);
	auto_close int dir = -1, fd = -1;
	uint64_t size;

	if (!parent)
		return fail_memory(err);
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fail_errno(err, "cannot open %s", parent);
	if (!layer_size_read(dir, &below, &size, err))
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", path);
	if (!empty_write(fd, &below, size, whole, NULL, err))
		goto undo;
	if (fchmod(fd, 0600) != 0 || fsync(fd) != 0) {
		fail_errno(err, "cannot make %s", path);
		goto undo;
	}
	if (flush_parent(path, err))
		return true;
undo:
	unlink(path);
	return false;
}
