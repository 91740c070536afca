/* bucket-tree.c - a directory bucket's keys in the order that S3 has them
 *
 * The order is that of the keys' bytes, in which "a-b" comes between "a" and
 * "a/b": siblings are sorted with a '/' behind a directory's name. One
 * directory's names are in memory at a time, and those above it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bucket-private.h"
#include "images/base/buf.h"

struct listing {
	struct bucket *bucket;
	const char *prefix;
	bool (*each)(void *data, const struct bucket_object *object);
	void *data;
	struct buf key; /* of what is being listed */
	bool stopped;
	struct error *err;
};

/* Names of one directory; a '/' ends those of directories. */
struct names {
	char **names;
	size_t count, room;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
}

#define auto_names __attribute__((cleanup(names_done))) struct names

static bool names_add(struct names *names, const char *name, bool directory)
{
	if (names->count == names->room) {
		size_t room = names->room ? 2 * names->room : 64;
		char **more = realloc(names->names, room * sizeof(*more));

		if (!more)
			return false;
		names->names = more;
		names->room = room;
	}
	names->names[names->count] =
		format_text("%s%s", name, directory ? "/" : "");
	return names->names[names->count++];
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool read_names(struct listing *listing, DIR *list, struct names *names)
{
	const struct dirent *entry;

	while (errno = 0, entry = readdir(list)) {
		const char *name = entry->d_name;
		struct stat st;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (fstatat(dirfd(list), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue; /* gone meanwhile */
		if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			continue;
		if (!names_add(names, name, S_ISDIR(st.st_mode)))
			return fail_memory(listing->err);
	}
	if (errno)
		return fail_errno(listing->err, "cannot list the bucket '%s'",
				  listing->bucket->name);
	if (names->count)
		qsort(names->names, names->count, sizeof(*names->names),
		      compare);
	return true;
}

/* Whether keys that begin so, or a key that is so, may have the prefix. */
static bool wanted(const struct listing *listing, const char *key,
		   bool directory)
{
	size_t size = strlen(listing->prefix);

	if (directory && strlen(key) < size)
		size = strlen(key);
	return strncmp(key, listing->prefix, size) == 0;
}

static bool list_object(struct listing *listing, int at, const char *name)
{
	struct bucket_object object = { .key = listing->key.data };
	struct stat st;

	if (!bucket_key_ok(object.key) ||
	    fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	object.size = (uint64_t)st.st_size;
	listing->stopped = !listing->each(listing->data, &object);
	return true;
}

static bool list_below(struct listing *listing, int fd);

static bool list_one(struct listing *listing, int at, char *name)
{
	size_t before = listing->key.size, size = strlen(name);
	bool directory = name[size - 1] == '/', listed = true;
	int below;

	buf_str(&listing->key, name);
	if (listing->key.broken)
		return fail_memory(listing->err);
	if (!wanted(listing, listing->key.data, directory)) {
		;
	} else if (!directory) {
		listed = list_object(listing, at, name);
	} else {
		name[size - 1] = 0;
		below = openat(at, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			listed = list_below(listing, below);
		else if (errno != ENOENT && errno != ENOTDIR)
			listed = fail_errno(listing->err, "cannot list %s",
					    listing->key.data);
	}
	listing->key.size = before;
	listing->key.data[before] = 0;
	return listed;
}

/* Lists a directory, whose descriptor it closes. */
static bool list_below(struct listing *listing, int fd)
{
	auto_names names = { NULL, 0, 0 };
	auto_close int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *list = fdopendir(fd);
	bool listed;

	if (!list || at < 0) {
		if (list)
			closedir(list);
		else
			close(fd);
		return fail_errno(listing->err, "cannot list the bucket '%s'",
				  listing->bucket->name);
	}
	listed = read_names(listing, list, &names);
	closedir(list);
	for (size_t i = 0; listed && !listing->stopped && i < names.count; i++)
		listed = !bucket_cancelled(listing->bucket, listing->err) &&
			 list_one(listing, at, names.names[i]);
	return listed;
}

bool bucket_list_tree(struct bucket *bucket, int root, const char *prefix,
		      bool (*each)(void *data,
				   const struct bucket_object *object),
		      void *data, struct error *err)
{
	struct listing listing = { bucket, prefix, each,  data,
				   BUF_INIT, false, err };
	bool listed;

	buf_str(&listing.key, "");
	listed = list_below(&listing, root);
	buf_done(&listing.key);
	return listed;
}
