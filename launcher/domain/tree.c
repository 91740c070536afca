/* tree.c - directories with all that is in them
 *
 * A mirror is made file by file in place, so that it takes room for one file
 * more and not for another tree: it is made where there is hardly any.
 */
#include "launcher/domain/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/file.h"

#define FILE_MOST (16 << 20)

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void empty(int dir_fd, const char *spare)
{
	DIR *dir = fdopendir(dir_fd);
	struct dirent *entry;

	if (!dir) {
		close(dir_fd);
		return;
	}
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		int sub;

		if (is_dots(name) || (spare && strcmp(name, spare) == 0) ||
		    unlinkat(dir_fd, name, 0) == 0)
			continue;
		sub = openat(dir_fd, name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0) {
			empty(sub, NULL);
			unlinkat(dir_fd, name, AT_REMOVEDIR);
		}
	}
	closedir(dir);
}

void tree_empty(const char *path, const char *spare)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		empty(fd, spare);
}

void tree_remove(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	empty(fd, NULL);
	rmdir(path);
}

static bool same_data(const char *path, const struct buf *data)
{
	auto_buf there = BUF_INIT;
	struct error ignored = { FAULT_NONE };

	return access(path, F_OK) == 0 &&
	       file_read(path, FILE_MOST, &there, &ignored) &&
	       there.size == data->size &&
	       (!data->size || memcmp(there.data, data->data, data->size) == 0);
}

/* libvirt gives some of what it makes to QEMU's user. */
static bool set_owner(const char *path, const struct stat *st,
		      struct error *err)
{
	return geteuid() != 0 || lchown(path, st->st_uid, st->st_gid) == 0 ||
	       fail_errno(err, "cannot set the owner of %s", path);
}

static bool mirror_file(const char *from, const char *to, const struct stat *st,
			struct error *err)
{
	auto_buf data = BUF_INIT;

	if (!file_read(from, FILE_MOST, &data, err))
		return false;
	if (same_data(to, &data))
		return true;
	return file_write(to, data.data, data.size, st->st_mode & 0777, err) &&
	       set_owner(to, st, err);
}

static bool mirror_one(const char *from, const char *to, struct error *err)
{
	struct stat st;

	if (lstat(from, &st) != 0)
		return fail_errno(err, "cannot look at %s", from);
	if (S_ISREG(st.st_mode))
		return mirror_file(from, to, &st, err);
	if (!S_ISDIR(st.st_mode))
		return true;
	return dir_make(to, st.st_mode & 0777, err) &&
	       set_owner(to, &st, err) && tree_mirror(from, to, err);
}

/* Removes what is in `to` and not in `from`. */
static void drop_others(const char *from, const char *to)
{
	DIR *dir = opendir(to);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		auto_free char *source =
			format_text("%s/%s", from, entry->d_name);
		auto_free char *path = format_text("%s/%s", to, entry->d_name);
		struct stat st;

		if (!source || !path || is_dots(entry->d_name) ||
		    lstat(source, &st) == 0 || errno != ENOENT)
			continue;
		if (unlink(path) != 0)
			tree_remove(path);
	}
	if (dir)
		closedir(dir);
}

bool tree_mirror(const char *from, const char *to, struct error *err)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return fail_errno(err, "cannot open %s", from);
	/* first, for it makes room */
	drop_others(from, to);
	while (ok && (entry = readdir(dir))) {
		auto_free char *source =
			format_text("%s/%s", from, entry->d_name);
		auto_free char *path = format_text("%s/%s", to, entry->d_name);

		if (is_dots(entry->d_name))
			continue;
		ok = source && path ? mirror_one(source, path, err) :
				      fail_memory(err);
	}
	closedir(dir);
	return ok;
}
