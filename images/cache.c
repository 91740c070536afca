/* cache.c - what bundles unpack to, once each
 *
 * A draft is its own lock: who unpacks holds its first byte, who comes second
 * waits there and finds the whole file afterwards. Nothing is left to remove
 * but the draft of somebody who died. A byte is enough, and not one that QEMU
 * locks when it opens the file.
 */
#include "images/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "images/base/sizes.h"
#include "images/bundled.h"
#include "images/registry/bundle.h"

#define MOST_BYTES (10ULL << 30)
#define DRAFT "new-"
#define SUFFIX ".raw"
#define DIGEST_DIGITS 64
#define SECTOR 512

char *cache_path(const struct store *store, const char *digest)
{
	return store_path(store, "cache/%s" SUFFIX, digest);
}

uint64_t cache_most(void)
{
	return size_setting("QAMI_CACHE_SIZE", MOST_BYTES);
}

/* The digest in an unpacked image's file name; false for any other file. */
static bool name_digest(const char *name, char ret_digest[DIGEST_DIGITS + 1])
{
	if (strspn(name, "0123456789abcdef") != DIGEST_DIGITS ||
	    strcmp(name + DIGEST_DIGITS, SUFFIX) != 0)
		return false;
	memcpy(ret_digest, name, DIGEST_DIGITS);
	ret_digest[DIGEST_DIGITS] = 0;
	return true;
}

/* Whether the lock of an open draft could be had; with `wait` it is waited
 * for. */
static bool draft_lock(int fd, bool wait)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = 0,
		.l_len = 1,
	};
	int done;

	do
		done = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
	while (done != 0 && errno == EINTR);
	return done == 0;
}

/* Whether a path still is the file behind a descriptor. */
static bool still_there(const char *path, int fd)
{
	struct stat by_path, by_fd;

	return lstat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 &&
	       by_path.st_dev == by_fd.st_dev && by_path.st_ino == by_fd.st_ino;
}

/* Opens the draft with its lock held, or finds that another process has
 * finished it meanwhile: then *ret_fd is -1. */
static bool draft_take(const char *draft, const char *path, int *ret_fd,
		       struct error *err)
{
	for (;;) {
		auto_close int fd = open(
			draft, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0 || !draft_lock(fd, true))
			return fail_errno(err, "cannot make %s", draft);
		if (!still_there(draft, fd))
			continue;
		if (access(path, F_OK) == 0) {
			unlink(draft);
			*ret_fd = -1;
			return true;
		}
		*ret_fd = fd;
		fd = -1;
		return true;
	}
}

/* Gives a draft its name: from then on it never changes. */
static bool draft_finish(struct call *call, int fd, const char *draft,
			 const char *path, struct error *err)
{
	auto_free char *dir = store_path(call->store, "cache");
	struct stat st;

	if (!dir)
		return fail_memory(err);
	/* QEMU counts in sectors */
	if (fstat(fd, &st) != 0 ||
	    (st.st_size % SECTOR &&
	     ftruncate(fd, (st.st_size / SECTOR + 1) * SECTOR) != 0) ||
	    fchmod(fd, 0400) != 0 || fsync(fd) != 0 || rename(draft, path) != 0)
		return fail_errno(err, "cannot make %s", path);
	return dir_sync(dir, err);
}

static bool unpack(struct call *call, const struct image *image,
		   const char *digest, const char *path, struct error *err)
{
	auto_free char *draft =
		store_path(call->store, "cache/" DRAFT "%s" SUFFIX, digest);
	auto_free char *dir = store_path(call->store, "cache");
	auto_close int fd = -1;

	if (!draft || !dir)
		return fail_memory(err);
	if (!dir_make(dir, 0711, err) || !draft_take(draft, path, &fd, err))
		return false;
	if (fd < 0)
		return true;
	if (call->stage)
		call->stage(call->watch_data, "unpacking the image");
	/* what somebody who died had written is none of it */
	if (ftruncate(fd, 0) != 0) {
		fail_errno(err, "cannot write %s", draft);
		goto undo;
	}
	if (bundled_unpack(call, image, digest, fd, err) &&
	    draft_finish(call, fd, draft, path, err))
		return true;
undo:
	unlink(draft);
	return false;
}

bool cache_fill(struct call *call, const struct image *image, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error ignored = { 0 };
	auto_free char *path = NULL;
	struct image_bundle bundle;
	uint64_t bytes;
	unsigned files;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!image_bundle_get(call->store->db, image->id, arena, &bundle,
			      &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_INTERNAL, "%s is no bundle", image->id);
	path = cache_path(call->store, bundle.digest);
	if (!path)
		return fail_memory(err);
	if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
		return true;
	if (errno != ENOENT)
		return fail_errno(err, "cannot open %s", path);
	if (!unpack(call, image, bundle.digest, path, err))
		return false;
	/* the launch does not depend on it */
	if (!cache_trim(call, cache_most(), &files, &bytes, &ignored))
		log_warning("%s", ignored.text);
	return true;
}

/* An unpacked image, for those who look at all. */
struct entry {
	const char *digest;
	uint64_t bytes; /* on the disk */
	struct timespec used;
};

static int by_use(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return (a->used.tv_nsec > b->used.tv_nsec) -
	       (a->used.tv_nsec < b->used.tv_nsec);
}

/* All unpacked images, the longest unused first; in the arena. */
static bool entries(struct call *call, struct arena *arena,
		    struct entry **ret_all, size_t *ret_count,
		    uint64_t *ret_bytes, struct error *err)
{
	auto_free char *path = store_path(call->store, "cache");
	DIR *dir = path ? opendir(path) : NULL;
	char digest[DIGEST_DIGITS + 1];
	struct entry *all = NULL;
	struct dirent *entry;
	size_t count = 0;
	struct stat st;

	*ret_bytes = 0;
	while (dir && (entry = readdir(dir))) {
		if (!name_digest(entry->d_name, digest) ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		all = arena_more(arena, all, count, sizeof(*all));
		if (!all)
			break;
		all[count++] = (struct entry){
			.digest = arena_str(arena, digest),
			.bytes = (uint64_t)st.st_blocks * SECTOR,
			.used = st.st_mtim,
		};
		*ret_bytes += all[count - 1].bytes;
	}
	if (dir)
		closedir(dir);
	if (count && !all)
		return fail_memory(err);
	if (all)
		qsort(all, count, sizeof(*all), by_use);
	*ret_all = all;
	*ret_count = count;
	return true;
}

/* Drops one that nobody uses. Who is about to use it has a row before it looks
 * for the file. */
static bool drop(struct call *call, const char *digest, bool *ret_dropped,
		 struct error *err)
{
	auto_free char *path = cache_path(call->store, digest);
	bool used;
	auto_tx tx = TX_INIT;

	*ret_dropped = false;
	if (!path)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !cache_used(call->store->db, digest, &used, err))
		return false;
	if (used)
		return true;
	*ret_dropped = true;
	return file_remove(path, err) && tx_commit(&tx, err);
}

bool cache_trim(struct call *call, uint64_t most, unsigned *ret_files,
		uint64_t *ret_bytes, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct entry *all;
	uint64_t bytes;
	size_t count;

	*ret_files = 0;
	*ret_bytes = 0;
	if (!arena)
		return fail_memory(err);
	if (!entries(call, arena, &all, &count, &bytes, err))
		return false;
	for (size_t i = 0; i < count && bytes > most; i++) {
		bool dropped;

		if (!drop(call, all[i].digest, &dropped, err))
			return false;
		if (!dropped)
			continue;
		bytes -= all[i].bytes;
		*ret_bytes += all[i].bytes;
		*ret_files += 1;
	}
	return true;
}

bool cache_measure(struct call *call, unsigned *ret_files, uint64_t *ret_bytes,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct entry *all;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!entries(call, arena, &all, &count, ret_bytes, err))
		return false;
	*ret_files = (unsigned)count;
	return true;
}

bool cache_sweep(struct call *call, struct error *err)
{
	auto_free char *path = store_path(call->store, "cache");
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;

	if (!path)
		return fail_memory(err);
	while (dir && (entry = readdir(dir))) {
		auto_close int fd = -1;

		if (strncmp(entry->d_name, DRAFT, strlen(DRAFT)) != 0)
			continue;
		fd = openat(dirfd(dir), entry->d_name,
			    O_RDWR | O_NOFOLLOW | O_CLOEXEC);
		/* one that was finished meanwhile has its own name now */
		if (fd >= 0 && draft_lock(fd, false))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
	return true;
}

/* What a check knows. */
struct checking {
	struct call *call;
	struct arena *arena;
	bool repair;
	void (*found)(void *data, const char *subject, const char *text,
		      bool repaired);
	void *data;
	const char **scratch; /* files that rows name */
	size_t scratch_count;
};

static bool keep(struct checking *check, const char *file, struct error *err)
{
	check->scratch = arena_more(check->arena, check->scratch,
				    check->scratch_count,
				    sizeof(*check->scratch));
	if (!check->scratch)
		return fail_memory(err);
	check->scratch[check->scratch_count++] = arena_str(check->arena, file);
	return true;
}

/* Tells of a file below the store that should be there and is not. */
static bool wanted(struct checking *check, const char *instance, char *path,
		   const char *what)
{
	auto_free char *owned = path;
	char text[160];

	if (owned && access(owned, F_OK) != 0) {
		snprintf(text, sizeof(text), "%s %.100s is missing", what,
			 strrchr(owned, '/') + 1);
		check->found(check->data, instance, text, false);
	}
	return owned;
}

static bool check_disk(void *data, const char *instance, const char *file,
		       const char *below, const char *cache, bool there,
		       struct error *err)
{
	struct checking *check = data;
	const struct store *store = check->call->store;

	if (!keep(check, file, err) || (below && !keep(check, below, err)))
		return false;
	if (!there)
		return true;
	if (!wanted(check, instance, store_path(store, "scratch/%s", file),
		    "its scratch disk") ||
	    (below &&
	     !wanted(check, instance, store_path(store, "scratch/%s", below),
		     "its scratch disk")) ||
	    (cache && !wanted(check, instance, cache_path(store, cache),
			      "its unpacked image")))
		return fail_memory(err);
	return true;
}

/* Moves a file of the store's directory `where` to lost+found. */
static bool lose(struct checking *check, const char *where, const char *name)
{
	const struct store *store = check->call->store;
	auto_free char *from = store_path(store, "%s/%s", where, name);
	auto_free char *dir = store_path(store, "lost+found");
	auto_free char *to = store_path(store, "lost+found/%s", name);
	struct error failed = { 0 };

	return from && dir && to && dir_make(dir, 0700, &failed) &&
	       rename(from, to) == 0;
}

/* Whether a file of the scratch directory or the cache is somebody's. */
static bool is_known(struct checking *check, const char *where,
		     const char *name, bool *ret_known, struct error *err)
{
	char digest[DIGEST_DIGITS + 1];

	*ret_known = true;
	if (where[0] == 'c')
		*ret_known = name_digest(name, digest) ||
			     strncmp(name, DRAFT, strlen(DRAFT)) == 0;
	else {
		for (size_t i = 0; i < check->scratch_count; i++)
			if (strcmp(check->scratch[i], name) == 0)
				return true;
		return op_names(check->call->store->db, name, ret_known, err);
	}
	return true;
}

static bool check_strays(struct checking *check, const char *where,
			 struct error *err)
{
	auto_free char *path = store_path(check->call->store, "%s", where);
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	bool ok = true, known;

	while (ok && dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		bool lost;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		ok = is_known(check, where, name, &known, err);
		if (!ok || known)
			continue;
		lost = check->repair && lose(check, where, name);
		check->found(check->data, name,
			     lost ? "no row names this file: moved to "
				    "lost+found" :
				    "no row names this file",
			     lost);
	}
	if (dir)
		closedir(dir);
	return ok;
}

bool cache_check(struct call *call, bool repair,
		 void (*found)(void *data, const char *subject,
			       const char *text, bool repaired),
		 void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct checking check = {
		.call = call,
		.arena = arena,
		.repair = repair,
		.found = found,
		.data = data,
	};

	if (!arena)
		return fail_memory(err);
	return scratch_each(call->store->db, check_disk, &check, err) &&
	       check_strays(&check, "scratch", err) &&
	       check_strays(&check, "cache", err);
}
