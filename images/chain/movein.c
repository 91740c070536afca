/* movein.c - taking a raw image in by renaming it
 *
 * The rename comes first: whoever dies before it leaves the owner's file as it
 * was, and whoever dies after it a file under the layer's name, which
 * layer_move_finish() makes a layer. A lease proves that nobody has it open for
 * writing, and as it is ours with mode 0400 by then, no old descriptor and no
 * link made meanwhile can open it for writing again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/log.h"
#include "images/chain/chain-private.h"
#include "images/chain/hold.h"

#define refuse(err, ...) fail(err, FAULT_INVALID_PARAMETER, __VA_ARGS__)

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Makes sure that nobody writes; for as long as the lease lasts, if there is
 * one. */
static bool hold(const char *path, int fd, enum hold_state *ret_state,
		 struct error *err)
{
	enum hold_state state = hold_still(fd);

	if (state == HOLD_WRITTEN ||
	    (state == HOLD_IMPOSSIBLE && hold_writer_seen(fd)))
		return refuse(err, "%s is open for writing in a process", path);
	*ret_state = state;
	return true;
}

static bool check(const struct chain *chain, const char *path,
		  const struct stat *file, struct error *err)
{
	struct stat named, dir;

	if (fstat(chain->fd, &dir) != 0 || lstat(path, &named) != 0)
		return fail_errno(err, "cannot look at %s", path);
	if (!S_ISREG(file->st_mode) || !S_ISREG(named.st_mode))
		return refuse(err, "%s is no regular file", path);
	if (!same_file(file, &named))
		return refuse(err, "%s is another file by now", path);
	if (file->st_nlink != 1)
		return refuse(err, "%s has other names (hard links)", path);
	if (file->st_dev != dir.st_dev)
		return refuse(err, "%s is on another filesystem than %s", path,
			      chain->path);
	if (file->st_uid != geteuid() && geteuid() != 0)
		return refuse(err, "%s belongs to somebody else", path);
	if (file->st_size == 0)
		return fail(err, FAULT_IMPORT_FORMAT, "the image is empty");
	return true;
}

/* Makes the file as long as its last sector. Only its owner can, and not
 * under the lease: that would hold us up as well. */
static bool pad(const struct chain *chain, const char *name, int fd,
		const struct stat *was, struct error *err)
{
	auto_close int writable = -1;

	if (was->st_size % SECTOR == 0)
		return true;
	hold_end(fd);
	if (fchmod(fd, 0600) != 0)
		return fail_errno(err, "cannot set the mode of %s", name);
	writable = openat(chain->fd, name,
			  O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (writable < 0)
		return fail_errno(err, "cannot open %s", name);
	if (ftruncate(writable, (off_t)sectors_up((uint64_t)was->st_size)) != 0)
		return fail_errno(err, "cannot write %s", name);
	return true;
}

/* Makes the file that has a layer's name ours alone, read-only and durable;
 * `path` is what its owner calls it. */
static bool make_ours(const struct chain *chain, const char *name,
		      const char *path, int fd, const struct stat *was,
		      struct error *err)
{
	enum hold_state state = HOLD_IMPOSSIBLE;

	if (was->st_uid != geteuid() && fchown(fd, geteuid(), getegid()) != 0)
		return refuse(err, "%s belongs to somebody else: %s", path,
			      strerror(errno));
	if (!pad(chain, name, fd, was, err))
		return false;
	if (fchmod(fd, FROZEN_MODE) != 0 || fsync(fd) != 0)
		return fail_errno(err, "cannot freeze %s", path);
	if (!hold(path, fd, &state, err))
		return false;
	if (!hold_end(fd) && state == HOLD_KEPT)
		return refuse(err, "%s is open for writing by now", path);
	return chain_flush(chain, err);
}

/* Gives the file back as it was. */
static void give_back(const struct chain *chain, const char *name,
		      const char *path, int fd, const struct stat *was)
{
	if (fchmod(fd, was->st_mode & 07777) != 0 ||
	    fchown(fd, was->st_uid, was->st_gid) != 0)
		log_warning("cannot restore the owner of %s", path);
	if (!rename_new(chain->fd, name, AT_FDCWD, path))
		log_warning("%s stays behind as %s/%s", path, chain->path,
			    name);
}

bool layer_move_in(struct chain *chain, const char *name, const char *path,
		   int fd, struct error *err)
{
	enum layer_format format;
	enum hold_state state = HOLD_IMPOSSIBLE;
	struct stat was, moved;

	if (!layer_name_check(name, err))
		return false;
	if (!layer_name_format(name, &format) || format != LAYER_RAW)
		return fail(err, FAULT_INTERNAL, "%s is the name of no raw",
			    name);
	if (fstat(fd, &was) != 0)
		return fail_errno(err, "cannot look at %s", path);
	if (!check(chain, path, &was, err) || !hold(path, fd, &state, err))
		return false;
	if (!rename_new(AT_FDCWD, path, chain->fd, name)) {
		hold_end(fd);
		return fail_errno(err, "cannot move %s into the store", path);
	}
	if (fstatat(chain->fd, name, &moved, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !same_file(&moved, &was))
		refuse(err, "%s cannot be moved: it is another file by now",
		       path);
	else if (make_ours(chain, name, path, fd, &was, err))
		return true;
	hold_end(fd);
	give_back(chain, name, path, fd, &was);
	return false;
}

bool layer_move_finish(struct chain *chain, const char *name, struct error *err)
{
	struct stat was;
	auto_close int fd = layer_open(chain, name, &was, err);

	return fd >= 0 && make_ours(chain, name, name, fd, &was, err);
}
