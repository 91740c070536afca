/* chain.c - the layer directory: names, drafts, freezing, removing
 *
 * Everything goes through a descriptor of the directory and the names that
 * layer_name_new() makes, never through a symbolic link, so that nobody who
 * may write elsewhere can lead us out of the store.
 */
#include "images/chain/chain-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "images/chain/filling.h"
#include "images/chain/hold.h"

#define DIR_MODE 0711
#define PREFIX "layer"

/* A draft is open in tools of the process that makes it. Whoever removes one
 * follows a process that died, and its tools are about to. */
#define DYING_USEC (2 * USEC_PER_SEC)
#define LOOK_USEC 5000

static const char *const format_names[] = {
	[LAYER_QCOW2] = "qcow2",
	[LAYER_RAW] = "raw",
};

const char *layer_format_name(enum layer_format format)
{
	return format_names[format];
}

void layer_name_new(enum layer_format format, char ret_name[LAYER_NAME_SIZE])
{
	char id[ID_SIZE];

	id_new(PREFIX, id);
	snprintf(ret_name, LAYER_NAME_SIZE, "%s.%s", id,
		 layer_format_name(format));
}

bool layer_name_format(const char *name, enum layer_format *ret_format)
{
	char id[ID_SIZE] = "";
	const char *dot = strchr(name, '.');

	if (!dot || dot - name != (ptrdiff_t)strlen(PREFIX) + 1 + ID_DIGITS)
		return false;
	memcpy(id, name, (size_t)(dot - name));
	if (!id_valid(id, PREFIX))
		return false;
	for (size_t i = 0; i < sizeof(format_names) / sizeof(*format_names);
	     i++)
		if (strcmp(dot + 1, format_names[i]) == 0) {
			*ret_format = (enum layer_format)i;
			return true;
		}
	return false;
}

bool layer_name_check(const char *name, struct error *err)
{
	enum layer_format format;

	if (layer_name_format(name, &format))
		return true;
	return fail(err, FAULT_INTERNAL, "\"%.40s\" is no layer name", name);
}

bool chain_open(const char *dir, struct chain **ret_chain, struct error *err)
{
	auto_of(chain) chain = NULL;
	struct stat st;

	if (!dir_make(dir, DIR_MODE, err))
		return false;
	chain = calloc(1, sizeof(*chain));
	if (!chain)
		return fail_memory(err);
	chain->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (chain->fd < 0 || fstat(chain->fd, &st) != 0)
		return fail_errno(err, "cannot open the directory %s", dir);
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0)
		return fail(err, FAULT_HOST, "%s belongs to somebody else",
			    dir);
	if (st.st_mode & 022)
		return fail(err, FAULT_HOST,
			    "%s may be written by other users: chmod it to "
			    "%o",
			    dir, DIR_MODE);
	chain->path = realpath(dir, NULL);
	if (!chain->path)
		return fail_errno(err, "cannot resolve %s", dir);
	*ret_chain = take(chain);
	return true;
}

void chain_close(struct chain *chain)
{
	if (!chain)
		return;
	if (chain->fd >= 0)
		close(chain->fd);
	free(chain->path);
	free(chain);
}

char *layer_path(const struct chain *chain, const char *name)
{
	return format_text("%s/%s", chain->path, name);
}

/* Looks at a layer's file itself; errno ENOENT also when it is no file. */
static bool layer_stat(const struct chain *chain, const char *name,
		       struct stat *ret_st)
{
	if (fstatat(chain->fd, name, ret_st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	if (S_ISREG(ret_st->st_mode))
		return true;
	errno = ENOENT;
	return false;
}

bool layer_exists(const struct chain *chain, const char *name)
{
	enum layer_format format;
	struct stat st;

	return layer_name_format(name, &format) && layer_stat(chain, name, &st);
}

bool layer_stored(const struct chain *chain, const char *name,
		  uint64_t *ret_bytes, struct error *err)
{
	struct stat st;

	if (!layer_name_check(name, err))
		return false;
	if (!layer_stat(chain, name, &st))
		return fail_errno(err, "cannot look at %s", name);
	*ret_bytes = (uint64_t)st.st_blocks * 512;
	return true;
}

bool chain_flush(const struct chain *chain, struct error *err)
{
	if (fsync(chain->fd) != 0)
		return fail_errno(err, "cannot flush the directory %s",
				  chain->path);
	return true;
}

bool draft_open(const struct chain *chain, const char *name,
		struct draft *ret_draft, struct error *err)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	struct draft draft = { .chain = chain };

	if (!layer_name_check(name, err))
		return false;
	snprintf(draft.name, sizeof(draft.name), DRAFT_PREFIX "%s", name);
	draft.fd = openat(chain->fd, draft.name, flags, 0600);
	if (draft.fd < 0 && errno == EEXIST &&
	    unlinkat(chain->fd, draft.name, 0) == 0)
		draft.fd = openat(chain->fd, draft.name, flags, 0600);
	if (draft.fd < 0)
		return fail_errno(err, "cannot make %s", draft.name);
	*ret_draft = draft;
	return true;
}

bool rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	return linkat(from_dir, from, to_dir, to, 0) == 0 &&
	       unlinkat(from_dir, from, 0) == 0;
}

bool draft_publish(struct draft *draft, mode_t mode, struct error *err)
{
	const struct chain *chain = draft->chain;
	const char *name = draft->name + strlen(DRAFT_PREFIX);

	if (fchmod(draft->fd, mode) != 0 || fsync(draft->fd) != 0)
		return fail_errno(err, "cannot flush %s", name);
	if (!rename_new(chain->fd, draft->name, chain->fd, name))
		return fail_errno(err, "cannot put %s in place", name);
	if (!chain_flush(chain, err)) {
		/* back to where the draft's end removes it */
		renameat(chain->fd, name, chain->fd, draft->name);
		return false;
	}
	draft->name[0] = 0;
	return true;
}

bool draft_replace(struct draft *draft, mode_t mode, struct error *err)
{
	const struct chain *chain = draft->chain;
	const char *name = draft->name + strlen(DRAFT_PREFIX);

	if (fchmod(draft->fd, mode) != 0 || fsync(draft->fd) != 0)
		return fail_errno(err, "cannot flush the new %s", name);
	if (renameat(chain->fd, draft->name, chain->fd, name) != 0)
		return fail_errno(err, "cannot put the new %s in place", name);
	draft->name[0] = 0;
	return chain_flush(chain, err);
}

void draft_done(struct draft *draft)
{
	if (draft->name[0])
		unlinkat(draft->chain->fd, draft->name, 0);
	draft->name[0] = 0;
	if (draft->fd >= 0)
		close(draft->fd);
	draft->fd = -1;
}

int layer_open(const struct chain *chain, const char *name, struct stat *ret_st,
	       struct error *err)
{
	auto_close int fd = -1;

	if (!layer_name_check(name, err))
		return -1;
	fd = openat(chain->fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && layer_fills(chain, name)) {
		fail(err, FAULT_UNAVAILABLE, "%s is still being filled", name);
		return -1;
	}
	if (fd < 0 || fstat(fd, ret_st) != 0) {
		fail_errno(err, "cannot open %s", name);
		return -1;
	}
	if (!S_ISREG(ret_st->st_mode)) {
		fail(err, FAULT_INTERNAL, "%s is no file", name);
		return -1;
	}
	return take_fd(fd);
}

bool layer_freeze(struct chain *chain, const char *name, struct error *err)
{
	struct stat st;
	auto_close int fd = layer_open(chain, name, &st, err);

	if (fd < 0)
		return false;
	/* libvirt lends files to QEMU's user, and only root can change what it
	 * did not take back; not writable at all is what counts */
	if ((st.st_mode & 07777) != FROZEN_MODE &&
	    fchmod(fd, FROZEN_MODE) != 0 &&
	    (errno != EPERM || (st.st_mode & 0222)))
		return fail_errno(err, "cannot make %s read-only", name);
	if (fsync(fd) != 0)
		return fail_errno(err, "cannot flush %s", name);
	return true;
}

bool layer_thaw(struct chain *chain, const char *name, struct error *err)
{
	struct stat st;
	auto_close int fd = layer_open(chain, name, &st, err);

	if (fd < 0)
		return false;
	if ((st.st_mode & 07777) == FROZEN_MODE && fchmod(fd, 0600) != 0)
		return fail_errno(err, "cannot make %s writable", name);
	return true;
}

/* Unlinks one file unless a process has it open, still after `patience`. */
static bool remove_one(struct chain *chain, const char *name, usec_t patience,
		       bool *ret_removed, struct error *err)
{
	usec_t end = clock_monotonic() + patience;
	auto_hold int hold = -1;
	struct stat st;

	if (fstatat(chain->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return true;
		return fail_errno(err, "cannot look at %s", name);
	}
	while (S_ISREG(st.st_mode) && !hold_alone(chain->fd, name, &hold)) {
		if (clock_monotonic() >= end)
			return fail(err, FAULT_VOLUME_IN_USE,
				    "%s is open in a process", name);
		usleep(LOOK_USEC);
	}
	if (unlinkat(chain->fd, name, 0) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove %s", name);
	*ret_removed = true;
	return true;
}

bool layer_undraft(struct chain *chain, const char *name, struct error *err)
{
	char draft[DRAFT_NAME_SIZE];
	bool removed;

	if (!layer_name_check(name, err))
		return false;
	snprintf(draft, sizeof(draft), DRAFT_PREFIX "%s", name);
	return remove_one(chain, draft, DYING_USEC, &removed, err);
}

bool layer_remove(struct chain *chain, const char *name, struct error *err)
{
	bool removed = false;

	if (!layer_undraft(chain, name, err) ||
	    !filling_remove(chain, name, err) ||
	    !remove_one(chain, name, 0, &removed, err))
		return false;
	return !removed || chain_flush(chain, err);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

bool chain_each_in(const struct chain *chain, const char *where,
		   void (*found)(void *data, const char *name), void *data,
		   struct error *err)
{
	__attribute__((cleanup(close_dir))) DIR *dir = NULL;
	int fd = openat(chain->fd, where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		fail_errno(err, "cannot list %s/%s", chain->path, where);
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (;;) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			found(data, entry->d_name);
	}
	return errno == 0 ||
	       fail_errno(err, "cannot list %s/%s", chain->path, where);
}

bool chain_each_file(struct chain *chain,
		     void (*found)(void *data, const char *name), void *data,
		     struct error *err)
{
	return chain_each_in(chain, ".", found, data, err);
}
