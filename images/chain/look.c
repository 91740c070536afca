/* look.c - the layer directory as those see it who check and tidy a store */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/file.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/hold.h"

#define LOST_MODE 0700

bool chain_file(const struct chain *chain, const char *name,
		struct layer_file *ret_file, bool *ret_found, struct error *err)
{
	struct stat st;

	*ret_found = fstatat(chain->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!*ret_found)
		return errno == ENOENT ||
		       fail_errno(err, "cannot look at %s", name);
	*ret_file = (struct layer_file){
		.regular = S_ISREG(st.st_mode) && st.st_nlink == 1,
		.mode = st.st_mode & 07777,
		.owner = st.st_uid,
		.changed = st.st_ctim.tv_sec,
		.bytes = (uint64_t)st.st_blocks * 512,
	};
	return true;
}

bool layer_size(const struct chain *chain, const struct layer_ref *layer,
		uint64_t *ret_size, struct error *err)
{
	return layer_name_check(layer->name, err) &&
	       layer_size_read(chain->fd, layer, ret_size, err);
}

bool layer_mode(struct chain *chain, const char *name, bool frozen,
		struct error *err)
{
	auto_close int fd = -1;

	if (!layer_name_check(name, err))
		return false;
	fd = openat(chain->fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, frozen ? FROZEN_MODE : 0600) != 0)
		return fail_errno(err, "cannot change the mode of %s", name);
	return true;
}

bool chain_lose(struct chain *chain, const char *name, const char *dir,
		struct error *err)
{
	auto_hold int hold = -1;
	auto_close int to = -1;
	struct stat st;

	if (!dir_make(dir, LOST_MODE, err))
		return false;
	to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return fail_errno(err, "cannot open %s", dir);
	if (fstatat(chain->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && !hold_alone(chain->fd, name, &hold))
		return fail(err, FAULT_VOLUME_IN_USE, "%s is open in a process",
			    name);
	if (!rename_new(chain->fd, name, to, name))
		return fail_errno(err, "cannot move %s to %s", name, dir);
	if (fsync(to) != 0 || fsync(chain->fd) != 0)
		return fail_errno(err, "cannot flush %s", dir);
	return true;
}

bool layer_of_file(const char *file, char ret_layer[LAYER_NAME_SIZE])
{
	static const char *const prefixes[] = { DRAFT_PREFIX, FILLING_PREFIX };
	enum layer_format format;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t size = strlen(prefixes[i]);

		if (strncmp(file, prefixes[i], size) == 0) {
			file += size;
			break;
		}
	}
	if (!layer_name_format(file, &format))
		return false;
	snprintf(ret_layer, LAYER_NAME_SIZE, "%s", file);
	return true;
}
