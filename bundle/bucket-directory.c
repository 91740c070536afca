/* bucket-directory.c - a bucket that is a directory, an object a file in it
 *
 * A key is walked component by component, never through a link, so that it
 * cannot lead out whatever lies there. An object is written beside the buckets
 * under a lock that dies with its writer, and renamed when it is whole: what
 * nobody has locked there is a dead writer's, and the next one removes it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bundle/bucket-private.h"
#include "images/base/file.h"
#include "images/base/id.h"
#include "images/base/log.h"

#define DRAFTS ".new" /* no bucket's name begins with '.' */
#define TAGS_NAME "user.s3.tagging"
#define PIECE (1 << 20)
#define COPY_MOST (16 * PIECE) /* between two looks for a cancellation */
#define TRIES 20 /* while others remove the directory that we put into */

struct directory {
	struct bucket bucket;
	int parent; /* the directory of buckets */
	int root;   /* this one */
	char *path; /* for errors */
};

static struct directory *of(struct bucket *bucket)
{
	return (struct directory *)bucket;
}

static bool fail_at(const struct directory *dir, const char *what,
		    const char *key, struct error *err)
{
	return fail_errno(err, "cannot %s %.100s in %.80s", what, key,
			  dir->path);
}

/* The next component of a key, NUL-terminated; false: too long to be one
 * here. */
static bool component(const char *key, char ret_name[NAME_MAX + 1])
{
	size_t size = strcspn(key, "/");

	if (size > NAME_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(ret_name, key, size);
	ret_name[size] = 0;
	return true;
}

/* Opens a directory; its own descriptor, because copies of one share where a
 * listing is. */
static int open_dir_at(int at, const char *name)
{
	return openat(at, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens the directory that a key's last component is in, making what is
 * missing of it when `make`. -1 with errno. */
static int walk(const struct directory *dir, const char *key, bool make,
		char ret_last[NAME_MAX + 1])
{
	auto_close int at = open_dir_at(dir->root, ".");
	const char *slash;

	for (; at >= 0 && (slash = strchr(key, '/')); key = slash + 1) {
		char name[NAME_MAX + 1];
		int next;

		if (!component(key, name))
			return -1;
		if (make && mkdirat(at, name, 0700) == 0 && fsync(at) != 0)
			return -1;
		next = open_dir_at(at, name);
		if (next < 0)
			return -1;
		close(at);
		at = next;
	}
	if (at < 0 || !component(key, ret_last))
		return -1;
	return take_fd(at);
}

/* What errno says when there is no object: also when a file, a link or
 * nothing stands where the key has a directory. */
static bool is_absent(int number)
{
	return number == ENOENT || number == ENOTDIR || number == ELOOP ||
	       number == ENAMETOOLONG;
}

/* Opens an object's file; false with FAULT_KEY_NOT_FOUND for all that is not a
 * regular one. */
static bool open_object(struct directory *dir, const char *key, int *ret_fd,
			struct stat *ret_stat, struct error *err)
{
	char name[NAME_MAX + 1];
	auto_close int at = walk(dir, key, false, name);
	auto_close int fd = -1;

	if (at >= 0)
		fd = openat(at, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return is_absent(errno) ? fail_key(&dir->bucket, key, err) :
					  fail_at(dir, "open", key, err);
	if (fstat(fd, ret_stat) != 0)
		return fail_at(dir, "look at", key, err);
	if (!S_ISREG(ret_stat->st_mode))
		return fail_key(&dir->bucket, key, err);
	*ret_fd = take_fd(fd);
	return true;
}

/* Copies a piece by the kernel, which shares the blocks where it can, else
 * through memory. */
static ssize_t copy_piece(int from, int to, off_t at, size_t size, char *room)
{
	off_t out = at, in = at;
	ssize_t got = copy_file_range(from, &in, to, &out, size, 0);

	if (got >= 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS &&
			 errno != EOPNOTSUPP))
		return got;
	got = pread(from, room, size < PIECE ? size : PIECE, at);
	for (ssize_t done = 0, now; done < got; done += now) {
		now = pwrite(to, room + done, (size_t)(got - done), at + done);
		if (now < 0)
			return -1;
	}
	return got;
}

/* Where the next data of a file begin, from *at on, and how many there are; its
 * end, and none, behind the last. All of it is data where the file system does
 * not know. */
static bool next_data(int from, uint64_t *at, uint64_t *ret_size)
{
	off_t begin = lseek(from, (off_t)*at, SEEK_DATA), end;
	struct stat st;

	*ret_size = COPY_MOST;
	if (begin < 0 && errno == ENXIO) {
		if (fstat(from, &st) != 0)
			return false;
		if ((uint64_t)st.st_size > *at)
			*at = (uint64_t)st.st_size;
		*ret_size = 0;
		return true;
	}
	if (begin < 0)
		return true;
	end = lseek(from, begin, SEEK_HOLE);
	*at = (uint64_t)begin;
	if (end > begin && end - begin < COPY_MOST)
		*ret_size = (uint64_t)(end - begin);
	return true;
}

/* Copies a whole file of at most `most` bytes; holes stay holes. */
static bool copy(struct directory *dir, int from, int to, uint64_t most,
		 const char *key, struct error *err)
{
	auto_free char *room = malloc(PIECE);
	uint64_t at = 0;

	if (!room)
		return fail_memory(err);
	for (;;) {
		uint64_t size;
		ssize_t got = 0;

		if (bucket_cancelled(&dir->bucket, err))
			return false;
		if (!next_data(from, &at, &size))
			return fail_at(dir, "copy", key, err);
		if (size)
			got = copy_piece(from, to, (off_t)at, size, room);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_at(dir, "copy", key, err);
		at += (uint64_t)got;
		if (at > most)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "'%.100s' is larger than %llu bytes", key,
				    (unsigned long long)most);
		if (got == 0)
			return ftruncate(to, (off_t)at) == 0 ||
			       fail_at(dir, "copy", key, err);
	}
}

static bool lock(int fd, bool wait)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &all) == 0;
}

/* Removes what dead writers left, and adds up what that was. One that was just
 * made is either locked, or its maker finds it gone and makes another. */
static void sweep(int drafts, unsigned *files, uint64_t *bytes)
{
	int own = open_dir_at(drafts, ".");
	DIR *list = own < 0 ? NULL : fdopendir(own);
	const struct dirent *entry;

	if (!list) {
		if (own >= 0)
			close(own);
		return;
	}
	while ((entry = readdir(list))) {
		auto_close int fd = -1;
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		fd = openat(drafts, entry->d_name,
			    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 || !lock(fd, false) || fstat(fd, &st) != 0 ||
		    unlinkat(drafts, entry->d_name, 0) != 0)
			continue;
		++*files;
		*bytes += (uint64_t)st.st_blocks * 512;
	}
	closedir(list);
}

/* Makes and locks a draft. */
static bool make_draft(int drafts, char ret_name[UUID_SIZE], int *ret_fd)
{
	for (;;) {
		auto_close int fd = -1;
		struct stat st;

		uuid_new(ret_name);
		fd = openat(drafts, ret_name,
			    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || !lock(fd, true) || fstat(fd, &st) != 0)
			return false;
		if (st.st_nlink) {
			*ret_fd = take_fd(fd);
			return true;
		}
	}
}

/* Gives a whole draft its name. Somebody who removes the last other object of
 * a directory may take it away between walking and renaming. */
static bool publish(struct directory *dir, int drafts, const char *draft,
		    const char *key)
{
	for (int i = 0; i < TRIES; i++) {
		char name[NAME_MAX + 1];
		auto_close int at = walk(dir, key, true, name);

		if (at >= 0 && renameat(drafts, draft, at, name) == 0)
			return fsync(at) == 0;
		if (errno != ENOENT)
			return false;
	}
	return false;
}

static bool put_draft(struct directory *dir, int drafts, const char *draft,
		      int to, const char *key, int fd, struct error *err)
{
	if (!copy(dir, fd, to, UINT64_MAX, key, err))
		return false;
	if (fchmod(to, 0600) != 0 || fsync(to) != 0)
		return fail_at(dir, "write", key, err);
	if (publish(dir, drafts, draft, key))
		return true;
	if (errno == ENOENT)
		return fail(err, FAULT_BUCKET_NOT_FOUND,
			    "the bucket '%s' was removed", dir->bucket.name);
	if (errno == ENOTDIR || errno == EISDIR || errno == ENAMETOOLONG ||
	    errno == ELOOP)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' cannot be stored in the bucket %.63s: %s",
			    key, dir->bucket.name,
			    errno == ENAMETOOLONG ?
				    "a part of its name is too long" :
				    "another object's name is in its way");
	/* what is stored is whole before it has its name, and lies beside it
	 * until then: on the same disk */
	if (errno == EXDEV)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%.100s is where a disk is mounted: a bucket is a "
			    "directory of one",
			    dir->path);
	return fail_at(dir, "store", key, err);
}

static bool directory_put(struct bucket *bucket, const char *key, int fd,
			  const char *acl, const char *tags, struct error *err)
{
	struct directory *dir = of(bucket);
	auto_close int drafts = -1, to = -1;
	char draft[UUID_SIZE];
	unsigned files = 0;
	uint64_t bytes = 0;
	bool put;

	(void)acl; /* a directory's owner is the only one who reads it */
	if (mkdirat(dir->parent, DRAFTS, 0700) != 0 && errno != EEXIST)
		return fail_at(dir, "store", key, err);
	drafts = open_dir_at(dir->parent, DRAFTS);
	if (drafts < 0)
		return fail_at(dir, "store", key, err);
	sweep(drafts, &files, &bytes);
	if (!make_draft(drafts, draft, &to))
		return fail_at(dir, "store", key, err);
	/* nothing depends on them: a file system without room for one is fine
	 */
	if (tags && fsetxattr(to, TAGS_NAME, tags, strlen(tags), 0) != 0)
		log_info("%s: %m", TAGS_NAME);
	put = put_draft(dir, drafts, draft, to, key, fd, err);
	if (!put)
		unlinkat(drafts, draft, 0);
	return put;
}

static bool directory_open(struct bucket *bucket, const char *key,
			   uint64_t most, const char *scratch, int *ret_fd,
			   struct error *err)
{
	auto_close int fd = -1;
	struct stat st;

	(void)scratch;
	if (!open_object(of(bucket), key, &fd, &st, err))
		return false;
	if ((uint64_t)st.st_size > most)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.100s' is larger than %llu bytes", key,
			    (unsigned long long)most);
	*ret_fd = take_fd(fd);
	return true;
}

static bool directory_start(struct bucket *bucket, const char *key, size_t size,
			    struct buf *ret_start, struct error *err)
{
	auto_close int fd = -1;
	struct stat st;

	if (!open_object(of(bucket), key, &fd, &st, err))
		return false;
	while (size) {
		char piece[65536];
		ssize_t got = read(fd, piece,
				   size < sizeof(piece) ? size : sizeof(piece));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_at(of(bucket), "read", key, err);
		if (got == 0)
			break;
		buf_add(ret_start, piece, (size_t)got);
		size -= (size_t)got;
	}
	return !ret_start->broken || fail_memory(err);
}

static bool directory_get(struct bucket *bucket, const char *key, uint64_t most,
			  int fd, struct error *err)
{
	auto_close int from = -1;

	return directory_open(bucket, key, most, NULL, &from, err) &&
	       copy(of(bucket), from, fd, most, key, err);
}

static bool directory_head(struct bucket *bucket, const char *key,
			   struct bucket_object *ret_object, struct error *err)
{
	auto_close int fd = -1;
	struct stat st;

	if (!open_object(of(bucket), key, &fd, &st, err))
		return false;
	*ret_object = (struct bucket_object){
		.key = key,
		.size = (uint64_t)st.st_size,
	};
	return true;
}

static bool directory_holds(struct bucket *bucket, const char *key,
			    const struct sums *sums, bool *ret_holds,
			    struct error *err)
{
	auto_close int fd = -1;
	struct sums there;
	struct stat st;

	*ret_holds = false;
	if (!open_object(of(bucket), key, &fd, &st, err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return false;
		error_clear(err);
		return true;
	}
	if ((uint64_t)st.st_size != sums->size)
		return true;
	if (!sum_file(fd, SUM_MD5, &there, err))
		return false;
	*ret_holds = strcmp(there.md5, sums->md5) == 0;
	return true;
}

/* Removes the directories of a key that are empty now, the innermost first. */
static void prune(struct directory *dir, const char *key)
{
	auto_free char *rest = strdup(key);
	char *slash;

	while (rest && (slash = strrchr(rest, '/'))) {
		char name[NAME_MAX + 1];
		auto_close int at = -1;

		*slash = 0;
		at = walk(dir, rest, false, name);
		if (at < 0 || unlinkat(at, name, AT_REMOVEDIR) != 0)
			return;
		fsync(at);
	}
}

static bool directory_remove(struct bucket *bucket, const char *key,
			     struct error *err)
{
	struct directory *dir = of(bucket);
	char name[NAME_MAX + 1];
	auto_close int at = walk(dir, key, false, name);

	if (at < 0)
		return is_absent(errno) || fail_at(dir, "remove", key, err);
	if (unlinkat(at, name, 0) == 0) {
		if (fsync(at) != 0)
			return fail_at(dir, "remove", key, err);
	} else if (!is_absent(errno) && errno != EISDIR) {
		return fail_at(dir, "remove", key, err);
	}
	prune(dir, key);
	return true;
}

static bool directory_region(struct bucket *bucket, struct arena *arena,
			     const char **ret_region, struct error *err)
{
	(void)bucket;
	*ret_region = arena_str(arena, "");
	return *ret_region || fail_memory(err);
}

static bool directory_drop(struct bucket *bucket, struct error *err)
{
	struct directory *dir = of(bucket);

	if (unlinkat(dir->parent, bucket->name, AT_REMOVEDIR) != 0) {
		if (errno == ENOTEMPTY || errno == EEXIST)
			return fail(err, FAULT_BUCKET_NOT_EMPTY,
				    "the bucket '%s' is not empty",
				    bucket->name);
		if (errno != ENOENT)
			return fail_errno(err, "cannot remove %s", dir->path);
	}
	if (fsync(dir->parent) != 0)
		return fail_errno(err, "cannot remove %s", dir->path);
	return true;
}

static void directory_close(struct bucket *bucket)
{
	struct directory *dir = of(bucket);

	if (dir->root >= 0)
		close(dir->root);
	if (dir->parent >= 0)
		close(dir->parent);
	free(dir->path);
	free(dir);
}

static bool directory_list(struct bucket *bucket, const char *prefix,
			   bool (*each)(void *data,
					const struct bucket_object *object),
			   void *data, struct error *err)
{
	struct directory *dir = of(bucket);
	int root = open_dir_at(dir->root, ".");

	if (root < 0)
		return fail_errno(err, "cannot list %s", dir->path);
	return bucket_list_tree(bucket, root, prefix, each, data, err);
}

static const struct bucket_ops directory_ops = {
	.put = directory_put,
	.start = directory_start,
	.get = directory_get,
	.open = directory_open,
	.head = directory_head,
	.holds = directory_holds,
	.remove = directory_remove,
	.list = directory_list,
	.region = directory_region,
	.drop = directory_drop,
	.close = directory_close,
};

static bool open_root(struct directory *dir, const char *directory, bool make,
		      struct error *err)
{
	const char *name = dir->bucket.name;

	if (make && !dir_make(directory, 0700, err))
		return false;
	dir->parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->parent >= 0 && make) {
		if (mkdirat(dir->parent, name, 0700) == 0) {
			if (fsync(dir->parent) != 0)
				return fail_errno(err, "cannot make %s",
						  dir->path);
		} else if (errno != EEXIST) {
			return fail_errno(err, "cannot make %s", dir->path);
		}
	}
	if (dir->parent >= 0)
		dir->root = open_dir_at(dir->parent, name);
	if (dir->root >= 0)
		return true;
	if (is_absent(errno))
		return fail(err, FAULT_BUCKET_NOT_FOUND,
			    "there is no bucket '%s'", name);
	return fail_errno(err, "cannot open %s", dir->path);
}

void bucket_sweep_directory(const char *directory, unsigned *ret_files,
			    uint64_t *ret_bytes)
{
	auto_close int parent =
		open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int drafts = parent < 0 ? -1 : open_dir_at(parent, DRAFTS);

	*ret_files = 0;
	*ret_bytes = 0;
	if (drafts >= 0)
		sweep(drafts, ret_files, ret_bytes);
}

bool bucket_open_directory(const char *directory, const char *name, bool make,
			   struct bucket **ret_bucket, struct error *err)
{
	struct directory *dir;
	bool opened;

	if (!bucket_name_check(name, err))
		return false;
	dir = calloc(1, sizeof(*dir));
	if (!dir)
		return fail_memory(err);
	*dir = (struct directory){ .parent = -1, .root = -1 };
	dir->bucket.ops = &directory_ops;
	dir->bucket.name = strdup(name);
	dir->path = format_text("%s/%s", directory, name);
	opened = dir->bucket.name && dir->path ?
			 open_root(dir, directory, make, err) :
			 fail_memory(err);
	if (opened)
		*ret_bucket = &dir->bucket;
	else
		bucket_close(&dir->bucket);
	return opened;
}
