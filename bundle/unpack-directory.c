/* unpack-directory.c - parts and image in directories
 *
 * The temporary file's name follows from the image's, and its lock says
 * whether somebody works on it: what a killed run left is removed by the next
 * of the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/unpack.h"
#include "images/base/digest.h"

#define TRIES 10

static int part_open_at(int dir, const char *name)
{
	return openat(dir, name,
		      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
			      O_NOCTTY);
}

static bool part_open(void *data, const struct manifest_part *part, int *ret_fd,
		      struct error *err)
{
	const int *dir = data;

	*ret_fd = part_open_at(*dir, part->name);
	if (*ret_fd >= 0)
		return true;
	if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the bundle's part %.100s is %s", part->name,
			    errno == ENOENT ? "missing" : "not a file");
	return fail_errno(err, "cannot open %.100s", part->name);
}

/* All parts are there, and as large together as the manifest says, before
 * anything is decrypted. */
static bool parts_check(const struct manifest *manifest, int dir,
			struct error *err)
{
	uint64_t total = 0;

	for (size_t i = 0; i < manifest->part_count; i++) {
		const char *name = manifest->parts[i].name;
		struct stat st;

		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
			if (errno != ENOENT)
				return fail_errno(err, "cannot find %.100s",
						  name);
			return fail(err, FAULT_INVALID_MANIFEST,
				    "the bundle's part %.100s is missing",
				    name);
		}
		if (!S_ISREG(st.st_mode))
			return fail(err, FAULT_INVALID_MANIFEST,
				    "the bundle's part %.100s is not a file",
				    name);
		total += (uint64_t)st.st_size;
	}
	return total == manifest->bundled_size ||
	       fail(err, FAULT_INVALID_MANIFEST,
		    "the bundle's parts have %llu bytes, the manifest says"
		    " %llu",
		    (unsigned long long)total,
		    (unsigned long long)manifest->bundled_size);
}

/* Locks a file, if nobody else has; only who has the lock may remove or rename
 * what the name stands for. */
static bool lock_take(int dir, const char *name, int fd, bool *ret_busy)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat mine, there;

	*ret_busy = fcntl(fd, F_OFD_SETLK, &lock) != 0;
	return !*ret_busy && fstat(fd, &mine) == 0 &&
	       fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* A new file under our lock; an old one that nobody has locked is removed. */
static bool temporary_make(int dir, const char *name, int *ret_fd,
			   struct error *err)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

	for (int i = 0; i < TRIES; i++) {
		auto_close int old = -1;
		auto_close int fd =
			openat(dir, name, flags | O_CREAT | O_EXCL, 0600);
		bool busy = false;

		if (fd < 0 && errno != EEXIST)
			return fail_path(
				err, "cannot write where the image is to go");
		if (fd >= 0 && lock_take(dir, name, fd, &busy)) {
			*ret_fd = take_fd(fd);
			return true;
		}
		old = openat(dir, name, flags);
		if (old >= 0 && !lock_take(dir, name, old, &busy)) {
			if (!busy)
				continue;
			return fail(err, FAULT_INCORRECT_STATE,
				    "somebody is unpacking this bundle there");
		}
		if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
			return fail_errno(err, "cannot remove an old image");
	}
	return fail(err, FAULT_INCORRECT_STATE,
		    "others are unpacking this bundle there");
}

static bool is_taken(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool fail_taken(const char *name, struct error *err)
{
	return fail(err, FAULT_INVALID_PARAMETER, "%.100s is there already",
		    name);
}

/* Gives the image its name, if nothing has it. */
static bool publish(int dir, const char *temporary, const char *name,
		    struct error *err)
{
	if (renameat2(dir, temporary, dir, name, RENAME_NOREPLACE) != 0) {
		if (errno == EEXIST)
			return fail_taken(name, err);
		return fail_errno(err, "cannot name the image");
	}
	return fsync(dir) == 0 || fail_errno(err, "cannot flush a directory");
}

static bool unpack_into(const struct unpack *unpack, int dir, struct error *err)
{
	const char *name = unpack->manifest->name;
	char digest[SHA256_TEXT_SIZE], temporary[32];
	auto_close int fd = -1;

	sha256_text(name, strlen(name), digest);
	snprintf(temporary, sizeof(temporary), ".unpack-%.16s", digest);
	if (is_taken(dir, name))
		return fail_taken(name, err);
	if (!temporary_make(dir, temporary, &fd, err))
		return false;
	if (unpack_file(unpack, fd, err) && publish(dir, temporary, name, err))
		return true;
	unlinkat(dir, temporary, 0);
	return false;
}

bool unpack_directory(const struct unpack *unpack, const char *parts,
		      const char *to, struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	auto_close int from_dir = open(parts, flags);
	auto_close int to_dir = open(to, flags);
	const struct parts opened = { part_open, &from_dir };
	struct unpack mine = *unpack;

	if (from_dir < 0 || to_dir < 0)
		return fail_path(err, "cannot open the directory %s",
				 from_dir < 0 ? parts : to);
	mine.parts = &opened;
	return parts_check(unpack->manifest, from_dir, err) &&
	       unpack_into(&mine, to_dir, err);
}
