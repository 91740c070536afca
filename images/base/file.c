/* file.c - files and directories */
#include "images/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"

static bool dir_make_one(const char *path, mode_t mode, struct error *err)
{
	struct stat st;

	if (mkdir(path, mode) == 0) {
		/* mkdir obeys the umask; the mode here is meant */
		if (chmod(path, mode) != 0)
			return fail_errno(err, "cannot set the mode of %s",
					  path);
		return true;
	}
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	return fail_errno(err, "cannot make the directory %s", path);
}

bool dir_make(const char *path, mode_t mode, struct error *err)
{
	auto_free char *copy = strdup(path);
	struct stat st;

	if (!copy)
		return fail_memory(err);
	if (!*path)
		return dir_make_one(path, mode, err);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	for (char *slash = strchr(copy + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (stat(copy, &st) != 0 && !dir_make_one(copy, mode, err))
			return false;
		*slash = '/';
	}
	return dir_make_one(path, mode, err);
}

bool dir_is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & 022);
}

bool dir_is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool empty = dir || errno == ENOENT;

	while (dir && empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0;
	if (dir)
		closedir(dir);
	return empty;
}

bool dir_sync(const char *path, struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		return fail_errno(err, "cannot flush the directory %s", path);
	return true;
}

ssize_t file_read_data(int fd, void *ret_data, size_t size)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	off_t begin = at < 0 ? -1 : lseek(fd, at, SEEK_DATA);
	off_t end = begin < 0 ? -1 : lseek(fd, begin, SEEK_HOLE);

	/* at the end, or of a file that has no holes to tell of */
	if (end <= begin || lseek(fd, begin, SEEK_SET) < 0)
		return read(fd, ret_data, size);
	if ((uint64_t)(end - begin) < size)
		size = (size_t)(end - begin);
	return read(fd, ret_data, size);
}

bool file_read_fd(int fd, const char *name, size_t most, struct buf *ret_text,
		  struct error *err)
{
	char data[65536];
	size_t total = 0;

	for (;;) {
		ssize_t got = read(fd, data, sizeof(data));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_path(err, "cannot read %s", name);
		if (got == 0)
			break;
		total += (size_t)got;
		if (total > most)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "%s is larger than %zu bytes", name, most);
		buf_add(ret_text, data, (size_t)got);
	}
	return !ret_text->broken || fail_memory(err);
}

bool file_read(const char *path, size_t most, struct buf *ret_text,
	       struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_errno(err, "cannot open %s", path);
	return file_read_fd(fd, path, most, ret_text, err);
}

bool write_all(int fd, const void *data, size_t size, const char *name,
	       struct error *err)
{
	const char *rest = data;

	while (size) {
		ssize_t done = write(fd, rest, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail_errno(err, "cannot write %s", name);
		rest += done;
		size -= (size_t)done;
	}
	return true;
}

bool parent_sync(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = NULL;

	if (!slash)
		return dir_sync(".", err);
	dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return dir ? dir_sync(dir, err) : fail_memory(err);
}

bool file_write(const char *path, const void *data, size_t size, mode_t mode,
		struct error *err)
{
	auto_free char *temporary = format_text("%s.new-XXXXXX", path);
	auto_close int fd = -1;

	if (!temporary)
		return fail_memory(err);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", temporary);
	if (!write_all(fd, data, size, path, err))
		goto undo;
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0 ||
	    rename(temporary, path) != 0) {
		fail_errno(err, "cannot write %s", path);
		goto undo;
	}
	return parent_sync(path, err);
undo:
	unlink(temporary);
	return false;
}

bool file_remove(const char *path, struct error *err)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove %s", path);
	return true;
}

bool dir_remove(const char *path, struct error *err)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ||
		       fail_errno(err, "cannot open %s", path);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	/* what could not go makes this fail */
	if (rmdir(path) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove %s", path);
	return true;
}

int file_lock(const char *path, bool wait)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	auto_close int fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -1;
	while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
		if (errno == EACCES)
			errno = EAGAIN;
		if (errno != EINTR)
			return -1;
	}
	return take_fd(fd);
}

void descriptors_fill(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
