/* archive.c - where the objects of the archive lie, and how they get there
 *
 * In a directory the draft is written beside its own name and renamed: the
 * place may have room that the store has not. What goes to a bucket is packed
 * in the store first, as a bucket takes whole files only.
 */
#include "images/archive-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/bucket.h"

#define OWN "archive"	    /* below the store */
#define SUFFIX ".archive"   /* of an object in a directory */
#define DRAFT ".draft"	    /* behind that */
#define MARK ".qami-archive" /* beside the objects of a directory */
/* A quarter of what the standard tier takes, of Debian's files; 3 does not get
 * there, 9 takes half as long again for another 2 %, and 19 ten times as long
 * for 10 %. Higher ones differ in windows that no block fills. */
#define LEVEL 6
#define LEVEL_MOST 19

#define HOURS_MOST 72
#define SERVER_MOST (5LL << 30) /* bytes, S3's for one request */
#define USEC_PER_HOUR (3600 * USEC_PER_SEC)

bool archive_is_directory(const char *place)
{
	return !*place || *place == '/';
}

/* The directory of a place; of a bucket that in which drafts are packed. */
static char *directory_of(const struct call *call, const char *place)
{
	return *place == '/' ? strdup(place) : store_path(call->store, OWN);
}

static char *path_of(const struct call *call,
		     const struct archive_object *object, const char *suffix)
{
	auto_free char *directory = directory_of(call, object->place);

	return directory ? format_text("%s/%s" SUFFIX "%s", directory,
				       object->id, suffix) :
			   NULL;
}

/* Whether a directory of somebody's choice is where objects were put, and not
 * what is in its place while its disk is not mounted: nothing, or nothing in
 * it. What is not there then may well exist. */
static bool check_mounted(const struct archive_object *object,
			  struct error *err)
{
	return *object->place != '/' || !dir_is_empty(object->place) ||
	       fail(err, FAULT_UNAVAILABLE,
		    "the archive's directory '%.150s' is not there or empty: "
		    "is its disk mounted?",
		    object->place);
}

static bool check_directory(const char *place, struct error *err)
{
	struct stat st;

	return (stat(place, &st) == 0 && S_ISDIR(st.st_mode) &&
		access(place, W_OK | X_OK) == 0) ||
	       fail(err, FAULT_UNAVAILABLE,
		    "QAMI_ARCHIVE: '%.150s' is no directory that can be "
		    "written to",
		    place);
}

bool archive_place(const struct call *call, struct arena *arena,
		   const char **ret_place, struct error *err)
{
	const char *place = getenv("QAMI_ARCHIVE");
	struct location unused;

	(void)call;
	if (!place)
		place = "";
	if (*place == '/' && !check_directory(place, err))
		return false;
	if (!archive_is_directory(place) &&
	    !location_split(place, arena, &unused, err)) {
		error_clear(err);
		return fail(err, FAULT_UNAVAILABLE,
			    "QAMI_ARCHIVE: '%.150s' is no absolute path and no "
			    "bucket",
			    place);
	}
	*ret_place = arena_str(arena, place);
	return *ret_place || fail_memory(err);
}

bool archive_delay(usec_t *ret_delay, struct error *err)
{
	const char *text = getenv("QAMI_ARCHIVE_DELAY");
	char *end = NULL;
	long hours = text && *text ? strtol(text, &end, 10) : 0;

	if ((end && (*end || end == text)) || hours < 0 || hours > HOURS_MOST)
		return fail(err, FAULT_UNAVAILABLE,
			    "QAMI_ARCHIVE_DELAY: '%.50s' is no number of hours "
			    "from 0 to %d",
			    text, HOURS_MOST);
	*ret_delay = hours * USEC_PER_HOUR;
	return true;
}

bool archive_level(const char *text, int *ret_level, struct error *err)
{
	char *end = NULL;
	long level = text && *text ? strtol(text, &end, 10) : LEVEL;

	if ((end && (*end || end == text)) || level < 1 || level > LEVEL_MOST)
		return fail(err, FAULT_UNAVAILABLE,
			    "QAMI_ARCHIVE_LEVEL: '%.50s' is no number from 1 "
			    "to %d",
			    text, LEVEL_MOST);
	*ret_level = (int)level;
	return true;
}

bool archive_bucket(const struct call *call,
		    const struct archive_object *object, bool make,
		    struct arena *arena, struct bucket **ret_bucket,
		    const char **ret_key, struct error *err)
{
	struct call owner = *call;
	struct location at;

	snprintf(owner.account, sizeof(owner.account), "%s", object->account);
	if (!location_split(object->place, arena, &at, err))
		return false;
	*ret_key = *at.key ? arena_format(arena, "%s/%s" SUFFIX, at.key,
					  object->id) :
			     arena_format(arena, "%s" SUFFIX, object->id);
	return *ret_key ? bucket_find(&owner, &at, make, ret_bucket, err) :
			  fail_memory(err);
}

/* Makes sure that a directory is not empty when nothing came to be there, or
 * its last object has gone. The mark is empty: it takes no room on a full disk.
 */
static bool put_mark(const char *place, struct error *err)
{
	auto_free char *path = format_text("%s/" MARK, place);
	auto_close int fd = -1;

	if (!path)
		return fail_memory(err);
	if (access(path, F_OK) == 0)
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	return fd >= 0 ? parent_sync(path, err) :
			 fail_errno(err, "cannot make %s", path);
}

bool archive_draft(const struct call *call, const struct archive_object *object,
		   int *ret_fd, struct error *err)
{
	auto_free char *directory = directory_of(call, object->place);
	auto_free char *path = path_of(call, object, DRAFT);
	int fd;

	if (!directory || !path)
		return fail_memory(err);
	if (*object->place == '/') {
		if (!check_directory(directory, err) ||
		    !put_mark(directory, err))
			return false;
	} else if (!dir_make(directory, 0700, err) ||
		   !parent_sync(directory, err)) {
		return false;
	}
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return fail_errno(err, "cannot make %s", path);
	*ret_fd = fd;
	return true;
}

static bool put_file(const struct call *call,
		     const struct archive_object *object, struct error *err)
{
	auto_free char *draft = path_of(call, object, DRAFT);
	auto_free char *path = path_of(call, object, "");

	if (!draft || !path)
		return fail_memory(err);
	if (rename(draft, path) != 0)
		return fail_errno(err, "cannot write %s", path);
	return parent_sync(path, err);
}

/* A server takes an object in one request. */
static bool check_size(const struct archive_object *object, int fd,
		       struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at what is to be put");
	return strncmp(object->place, "s3://", 5) != 0 ||
	       st.st_size <= SERVER_MOST ||
	       fail(err, FAULT_UNSUPPORTED,
		    "The archive takes %lld bytes: an object of a server has "
		    "at most %lld",
		    (long long)st.st_size, SERVER_MOST);
}

bool archive_put(const struct call *call, const struct archive_object *object,
		 int fd, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	auto_free char *draft = path_of(call, object, DRAFT);
	const char *key;

	if (!arena || !draft)
		return fail_memory(err);
	if (fsync(fd) != 0)
		return fail_errno(err, "cannot write %s", draft);
	if (archive_is_directory(object->place))
		return put_file(call, object, err);
	return check_size(object, fd, err) &&
	       archive_bucket(call, object, true, arena, &bucket, &key, err) &&
	       bucket_put(bucket, key, fd, NULL, err) &&
	       file_remove(draft, err);
}

/* Whether what failed is that there is no such object; then that is no error
 * any more. */
static bool is_gone(struct error *err)
{
	if (err->fault != FAULT_KEY_NOT_FOUND &&
	    err->fault != FAULT_BUCKET_NOT_FOUND)
		return false;
	error_clear(err);
	return true;
}

static bool open_file(const struct call *call,
		      const struct archive_object *object, int *ret_fd,
		      struct error *err)
{
	auto_free char *path = path_of(call, object, "");

	if (!path)
		return fail_memory(err);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*ret_fd < 0 && errno == ENOENT && !check_mounted(object, err))
		return false;
	if (*ret_fd < 0)
		return fail(err, FAULT_KEY_NOT_FOUND,
			    "the archive's object %.200s cannot be opened: %m",
			    path);
	return true;
}

bool archive_open(const struct call *call, const struct archive_object *object,
		  int *ret_fd, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	auto_free char *scratch = directory_of(call, "");
	const char *key;

	if (!arena || !scratch)
		return fail_memory(err);
	if (archive_is_directory(object->place))
		return open_file(call, object, ret_fd, err);
	return dir_make(scratch, 0700, err) &&
	       archive_bucket(call, object, false, arena, &bucket, &key, err) &&
	       bucket_open_object(bucket, key, INT64_MAX, scratch, ret_fd, err);
}

/* Whether a file is there, whatever it is. */
static bool look_file(const struct call *call,
		      const struct archive_object *object, bool *ret_there,
		      uint64_t *ret_bytes, struct error *err)
{
	auto_free char *path = path_of(call, object, "");
	struct stat st;

	if (!path)
		return fail_memory(err);
	*ret_there = lstat(path, &st) == 0 && S_ISREG(st.st_mode);
	*ret_bytes = *ret_there ? (uint64_t)st.st_size : 0;
	return *ret_there || check_mounted(object, err);
}

bool archive_look(const struct call *call, const struct archive_object *object,
		  bool *ret_there, uint64_t *ret_bytes, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	struct bucket_object at;
	const char *key;

	if (!arena)
		return fail_memory(err);
	if (archive_is_directory(object->place))
		return look_file(call, object, ret_there, ret_bytes, err);
	*ret_there = archive_bucket(call, object, false, arena, &bucket, &key,
				    err) &&
		     bucket_head(bucket, key, &at, err);
	if (!*ret_there)
		return is_gone(err);
	*ret_bytes = at.size;
	return true;
}

bool archive_remove(const struct call *call,
		    const struct archive_object *object, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(bucket) bucket = NULL;
	auto_free char *draft = path_of(call, object, DRAFT);
	auto_free char *path = path_of(call, object, "");
	const char *key;

	if (!arena || !draft || !path)
		return fail_memory(err);
	if (!file_remove(draft, err))
		return false;
	if (archive_is_directory(object->place))
		return (access(path, F_OK) == 0 ||
			check_mounted(object, err)) &&
		       file_remove(path, err);
	return (archive_bucket(call, object, false, arena, &bucket, &key,
			       err) &&
		bucket_remove(bucket, key, err)) ||
	       is_gone(err);
}

/* The objects that rows name. */
struct known {
	struct arena *arena;
	const char **ids;
	size_t count;
};

static bool add_known(void *data, const struct archive_object *object,
		      struct error *err)
{
	struct known *known = data;

	known->ids = arena_more(known->arena, known->ids, known->count,
				sizeof(*known->ids));
	if (!known->ids)
		return fail_memory(err);
	known->ids[known->count] = arena_str(known->arena, object->id);
	return known->ids[known->count++] || fail_memory(err);
}

static bool is_known(const struct known *known, const char *file)
{
	for (size_t i = 0; i < known->count; i++) {
		size_t size = strlen(known->ids[i]);

		if (strncmp(file, known->ids[i], size) == 0 &&
		    (strcmp(file + size, SUFFIX) == 0 ||
		     strcmp(file + size, SUFFIX DRAFT) == 0))
			return true;
	}
	return false;
}

bool archive_strays(const struct call *call,
		    bool (*found)(void *data, const char *path, int64_t age,
				  struct error *err),
		    void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free char *directory = directory_of(call, "");
	struct known known = { .arena = arena }, files = { .arena = arena };
	struct dirent *entry;
	DIR *dir;

	if (!arena || !directory)
		return fail_memory(err);
	dir = opendir(directory);
	/* the files before the rows: whoever made one since has its row */
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    !add_known(&files,
			       &(struct archive_object){ .id = entry->d_name },
			       err)) {
			closedir(dir);
			return false;
		}
	if (dir)
		closedir(dir);
	if (!archive_object_list(call->store->db, add_known, &known, err))
		return false;
	for (size_t i = 0; i < files.count; i++) {
		auto_free char *path =
			format_text("%s/%s", directory, files.ids[i]);
		struct stat st;

		if (!path)
			return fail_memory(err);
		if (is_known(&known, files.ids[i]) || lstat(path, &st) != 0)
			continue;
		if (!found(data, path,
			   clock_wall() / USEC_PER_SEC - st.st_mtime, err))
			return false;
	}
	return true;
}
