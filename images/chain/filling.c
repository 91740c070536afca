/* filling.c - layers whose bytes are still being fetched
 *
 * Which blocks are there is noted beside the file and not taken from its
 * tables: these tell what was allocated, also when what was written there never
 * reached the disk.
 */
#include "images/chain/filling.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "images/base/alias.h"
#include "images/base/file.h"
#include "images/chain/blocks-private.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/hold.h"
#include "images/chain/qemu.h"
#include "images/chain/verify.h"

#define DIR_MODE 0711
#define HELD ".held"
#define HELD_DRAFT ".held.new"
#define SOCKET_PATH_SIZE sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* The name of a layer's file while it is filled. */
static bool file_name(const char *name, char ret_file[FILLING_NAME_SIZE],
		      struct error *err)
{
	if (!layer_name_check(name, err))
		return false;
	snprintf(ret_file, FILLING_NAME_SIZE, FILLING_PREFIX "%s", name);
	return true;
}

static char *beside(const struct chain *chain, const char *name,
		    const char *suffix)
{
	const char *slash = strrchr(chain->path, '/');

	return format_text("%.*s/fill%s%s%s", (int)(slash - chain->path),
			   chain->path, *name ? "/" : "", name, suffix);
}

char *filling_socket(const struct chain *chain, const char *name,
		     struct error *err)
{
	auto_free char *path = beside(chain, name, "");
	auto_free char *dir = NULL, *alias = NULL;

	if (path && strlen(path) < SOCKET_PATH_SIZE)
		return take(path);
	dir = beside(chain, "", "");
	alias = dir ? alias_make(dir) : NULL;
	free(path);
	path = alias ? format_text("%s/%s", alias, name) : NULL;
	if (dir && !alias)
		fail(err, FAULT_INTERNAL,
		     "%s is too long a path for sockets, and no link to it can "
		     "be made",
		     dir);
	else if (!path)
		fail_memory(err);
	return take(path);
}

bool filling_of_socket(const struct chain *chain, const char *path,
		       char ret_layer[LAYER_NAME_SIZE])
{
	const char *slash = strrchr(path, '/');
	const size_t above = slash ? (size_t)(slash - path) : 0;
	auto_free char *socket = NULL;
	struct error ignored = { 0 };

	/* most are layers themselves, which have such names, too */
	if (!slash || !layer_name_check(slash + 1, &ignored) ||
	    (strlen(chain->path) == above &&
	     strncmp(path, chain->path, above) == 0))
		return false;
	/* by a link that may have to be made anew */
	socket = filling_socket(chain, slash + 1, &ignored);
	if (!socket || strcmp(socket, path) != 0)
		return false;
	snprintf(ret_layer, LAYER_NAME_SIZE, "%s", slash + 1);
	return true;
}

void filling_settle(const struct chain *chain)
{
	auto_free char *dir = beside(chain, "", "");

	if (dir)
		alias_remove_unused(dir);
}

char *filling_map(const struct chain *chain, const char *name)
{
	return beside(chain, name, ".map");
}

void chain_set_filler(struct chain *chain, filling_wake_fn *wake, void *data)
{
	chain->wake = wake;
	chain->wake_data = data;
}

bool filling_of_file(const char *file, char ret_layer[LAYER_NAME_SIZE])
{
	return strncmp(file, FILLING_PREFIX, strlen(FILLING_PREFIX)) == 0 &&
	       layer_of_file(file, ret_layer);
}

static bool is_there(const struct chain *chain, const char *file)
{
	struct stat st;

	return fstatat(chain->fd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

bool layer_fills(const struct chain *chain, const char *name)
{
	char file[FILLING_NAME_SIZE];
	struct error ignored = { 0 };

	/* renamed in between, it is found by neither look: no longer one */
	return !layer_exists(chain, name) && file_name(name, file, &ignored) &&
	       is_there(chain, file);
}

int filling_head(int dir, const char *name)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	char file[FILLING_NAME_SIZE];
	struct error ignored = { 0 };
	int fd = openat(dir, name, flags);

	if (fd >= 0 || errno != ENOENT || !file_name(name, file, &ignored))
		return fd;
	fd = openat(dir, file, flags);
	/* it may have become the layer since the first look */
	return fd >= 0 || errno != ENOENT ? fd : openat(dir, name, flags);
}

bool filling_create(struct chain *chain, const char *name, uint64_t size,
		    const struct layer_secret *secret, struct error *err)
{
	auto_free char *dir = beside(chain, "", "");
	auto_draft draft = DRAFT_INIT;
	char file[FILLING_NAME_SIZE];

	if (!dir)
		return fail_memory(err);
	if (!file_name(name, file, err) || !dir_make(dir, DIR_MODE, err))
		return false;
	if (is_there(chain, file) || layer_exists(chain, name))
		return true;
	if (!draft_open(chain, name, &draft, err) ||
	    !empty_write(draft.fd, NULL, sectors_up(size), false,
			 secret && secret->text[0] ? secret : NULL, err))
		return false;
	if (fsync(draft.fd) != 0)
		return fail_errno(err, "cannot flush %s", name);
	if (!rename_new(chain->fd, draft.name, chain->fd, file))
		return fail_errno(err, "cannot put %s in place", file);
	draft.name[0] = 0;
	return chain_flush(chain, err);
}

bool filling_adopt(struct chain *chain, const char *name, struct error *err)
{
	auto_free char *dir = beside(chain, "", "");
	char file[FILLING_NAME_SIZE];

	if (!dir)
		return fail_memory(err);
	if (!file_name(name, file, err) || !dir_make(dir, DIR_MODE, err))
		return false;
	if (!rename_new(chain->fd, name, chain->fd, file) &&
	    !(errno == ENOENT && is_there(chain, file)))
		return fail_errno(err, "cannot put %s in place", file);
	return chain_flush(chain, err);
}

bool filling_open(const struct chain *chain, const char *name,
		  struct disk **ret_disk, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	char file[FILLING_NAME_SIZE];
	auto_free char *node = NULL;

	if (!file_name(name, file, err) || !file_mend(chain, file, err))
		return false;
	node = qemu_node(chain, file, LAYER_QCOW2, &keys, err);
	return disk_serve_writer(name, node, &keys, ret_disk, err);
}

bool filling_finish(struct chain *chain, const char *name, struct error *err)
{
	char file[FILLING_NAME_SIZE];
	auto_close int fd = -1;

	if (!file_name(name, file, err))
		return false;
	if (layer_exists(chain, name))
		return true;
	fd = openat(chain->fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "cannot open %s", file);
	if (fchmod(fd, FROZEN_MODE) != 0 || fsync(fd) != 0)
		return fail_errno(err, "cannot flush %s", file);
	if (!rename_new(chain->fd, file, chain->fd, name))
		return fail_errno(err, "cannot put %s in place", name);
	return chain_flush(chain, err);
}

bool filling_set_held(struct chain *chain, const char *name,
		      const uint8_t *bits, size_t size, struct error *err)
{
	auto_free char *path = beside(chain, name, HELD);
	auto_free char *draft = beside(chain, name, HELD_DRAFT);
	auto_free char *dir = beside(chain, "", "");
	auto_close int fd = -1;

	if (!path || !draft || !dir)
		return fail_memory(err);
	/* under a name that is known to who clears up after us */
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", draft);
	if (!write_all(fd, bits, size, draft, err))
		return false;
	if (fsync(fd) != 0 || rename(draft, path) != 0)
		return fail_errno(err, "cannot write %s", path);
	return dir_sync(dir, err);
}

bool filling_held(const struct chain *chain, const char *name, size_t size,
		  uint8_t **ret_bits, struct error *err)
{
	auto_free char *path = beside(chain, name, HELD);
	auto_free uint8_t *bits = malloc(size);
	auto_close int fd = -1;
	struct stat st;

	*ret_bits = NULL;
	if (!path || !bits)
		return fail_memory(err);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ||
		       fail_errno(err, "cannot open %s", path);
	if (fstat(fd, &st) == 0 && (size_t)st.st_size == size &&
	    pread(fd, bits, size, 0) == (ssize_t)size)
		*ret_bits = take(bits);
	return true;
}

bool filling_forget(const struct chain *chain, const char *name,
		    struct error *err)
{
	auto_free char *map = filling_map(chain, name);
	auto_free char *held = beside(chain, name, HELD);
	auto_free char *draft = beside(chain, name, HELD_DRAFT);

	if (!map || !held || !draft)
		return fail_memory(err);
	return file_remove(map, err) && file_remove(held, err) &&
	       file_remove(draft, err);
}

bool filling_remove(struct chain *chain, const char *name, struct error *err)
{
	auto_free char *socket = beside(chain, name, "");
	char file[FILLING_NAME_SIZE];
	auto_hold int hold = -1;

	if (!socket)
		return fail_memory(err);
	if (!file_name(name, file, err))
		return false;
	if (!is_there(chain, file))
		return true;
	if (!hold_alone(chain->fd, file, &hold))
		return fail(err, FAULT_VOLUME_IN_USE, "%s is open in a process",
			    file);
	if (unlinkat(chain->fd, file, 0) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove %s", file);
	if (!filling_forget(chain, name, err) || !file_remove(socket, err))
		return false;
	filling_settle(chain);
	return true;
}
