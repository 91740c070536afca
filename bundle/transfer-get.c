/* transfer-get.c - bundles from a bucket: downloaded, opened part by part,
 * deleted
 *
 * The names of files come from a manifest that anybody may have written. A
 * name that is taken by something else is never written over, and none that
 * hides from a listing is made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/sums.h"
#include "bundle/transfer-private.h"
#include "images/base/file.h"

#define TRIES 10
#define DRAFT_SIZE 64

/* A bundle on its way into a directory. */
struct download {
	const struct transfer *transfer;
	const struct manifest *manifest;
	const char *directory;
	int at;	       /* that directory */
	char mark[17]; /* of the manifest, for the names of drafts */
};

static bool name_ok(const char *name, struct error *err)
{
	if (*name == '.' || strchr(name, '/') || !bucket_key_ok(name))
		return fail(err, FAULT_INVALID_MANIFEST,
			    "no file here will be named '%.100s'", name);
	return true;
}

/* Whether a file is there with that digest; something else is a failure. */
static bool is_there(const struct download *download, const char *name,
		     const char *sha1, uint64_t *ret_size, bool *ret_there,
		     struct error *err)
{
	auto_close int fd = openat(download->at, name,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					   O_NOCTTY | O_CLOEXEC);
	struct sums sums;
	struct stat st;

	*ret_there = false;
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (!sum_file(fd, SUM_SHA1, &sums, err))
			return false;
		*ret_size = sums.size;
		*ret_there = strcasecmp(sums.sha1, sha1) == 0;
	}
	return *ret_there ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "%.100s is in %.80s already, and is another file", name,
		    download->directory);
}

/* Locks a draft; false with errno: somebody else works on it, or it was
 * renamed meanwhile (ENOENT). */
static bool lock_draft(const struct download *download, const char *name,
		       int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat mine, named;

	if (fcntl(fd, F_OFD_SETLK, &all) != 0 || fstat(fd, &mine) != 0 ||
	    fstatat(download->at, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	errno = ENOENT;
	return mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

/* An empty file under a name that only this bundle's download makes, so that a
 * killed one's is used again. */
static bool open_draft(const struct download *download, const char *name,
		       int *ret_fd, struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		auto_close int fd = openat(download->at, name,
					   O_RDWR | O_CREAT | O_NOFOLLOW |
						   O_NONBLOCK | O_CLOEXEC,
					   0600);

		if (fd < 0)
			return fail_path(err, "cannot make a file in %.150s",
					 download->directory);
		if (lock_draft(download, name, fd)) {
			if (ftruncate(fd, 0) != 0)
				return fail_errno(err, "cannot empty %s", name);
			*ret_fd = take_fd(fd);
			return true;
		}
		if (errno != ENOENT)
			break;
	}
	return fail(err, FAULT_UNAVAILABLE,
		    "somebody else downloads this bundle into %.150s",
		    download->directory);
}

/* Gives a draft its name, which must be free. */
static bool publish(const struct download *download, int fd, const char *draft,
		    const char *name, struct error *err)
{
	if (fsync(fd) != 0)
		return fail_errno(err, "cannot write %.100s", name);
	if (renameat2(download->at, draft, download->at, name,
		      RENAME_NOREPLACE) == 0)
		return true;
	return errno == EEXIST ? fail(err, FAULT_INVALID_PARAMETER,
				      "%.100s is in %.80s already", name,
				      download->directory) :
				 fail_errno(err, "cannot name %.100s", name);
}

static bool fetch_part(const struct download *download,
		       const struct manifest_part *part, const char *draft,
		       int fd, uint64_t *ret_size, struct error *err)
{
	const struct transfer *transfer = download->transfer;
	auto_free char *key = transfer_key(transfer, part->name);
	struct sums sums;

	if (!key)
		return fail_memory(err);
	if (!bucket_get(transfer->bucket, key, download->manifest->bundled_size,
			fd, err) ||
	    !sum_file(fd, SUM_SHA1, &sums, err))
		return false;
	if (strcasecmp(sums.sha1, part->digest) != 0)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the part %.100s is not what its manifest says: "
			    "it is damaged",
			    part->name);
	*ret_size = sums.size;
	return publish(download, fd, draft, part->name, err);
}

static bool download_part(void *data, const struct manifest_part *part,
			  uint64_t *ret_size, struct error *err)
{
	const struct download *download = data;
	size_t index = (size_t)(part - download->manifest->parts);
	char draft[DRAFT_SIZE];
	auto_close int fd = -1;
	bool there;

	if (!name_ok(part->name, err) ||
	    !is_there(download, part->name, part->digest, ret_size, &there,
		      err))
		return false;
	if (there)
		return true;
	snprintf(draft, sizeof(draft), ".%s.%zu.new", download->mark, index);
	if (!open_draft(download, draft, &fd, err))
		return false;
	if (fetch_part(download, part, draft, fd, ret_size, err))
		return true;
	unlinkat(download->at, draft, 0);
	return false;
}

/* Writes the manifest into its draft, which becomes it. */
static bool store_manifest(const struct download *download, int from,
			   const char *name, const char *draft, int fd,
			   struct error *err)
{
	auto_buf text = BUF_INIT;

	if (lseek(from, 0, SEEK_SET) != 0)
		return fail_errno(err, "cannot read the manifest");
	return file_read_fd(from, name, MANIFEST_SIZE_MOST, &text, err) &&
	       write_all(fd, text.data, text.size, name, err) &&
	       publish(download, fd, draft, name, err) &&
	       dir_sync(download->directory, err);
}

static bool download_parts(struct download *download, struct error *err)
{
	struct crew crew = { .transfer = download->transfer,
			     .manifest = download->manifest,
			     .total = download->manifest->bundled_size,
			     .part = download_part,
			     .data = download };
	uint64_t size;

	if (!crew_run(&crew, &size, err))
		return false;
	if (size != download->manifest->bundled_size)
		return fail(
			err, FAULT_INVALID_MANIFEST,
			"the parts have %llu bytes, and %llu by the "
			"manifest",
			(unsigned long long)size,
			(unsigned long long)download->manifest->bundled_size);
	return dir_sync(download->directory, err);
}

/* Who has the manifest's draft loads the parts, so that of two at once one
 * goes on and does not find the other's parts in its way. */
static bool download_all(struct download *download, int manifest,
			 const char *name, struct error *err)
{
	char draft[DRAFT_SIZE];
	auto_close int fd = -1;
	struct sums sums;
	uint64_t size;
	bool there;

	if (!sum_file(manifest, SUM_SHA1, &sums, err) ||
	    !is_there(download, name, sums.sha1, &size, &there, err))
		return false;
	snprintf(download->mark, sizeof(download->mark), "%.16s", sums.sha1);
	snprintf(draft, sizeof(draft), ".%s.manifest.new", download->mark);
	if (there)
		return download_parts(download, err);
	if (!open_draft(download, draft, &fd, err))
		return false;
	if (download_parts(download, err) &&
	    store_manifest(download, manifest, name, draft, fd, err))
		return true;
	unlinkat(download->at, draft, 0);
	return false;
}

static bool fetch(const struct transfer *transfer, const char *manifest,
		  const char *directory, struct error *err)
{
	auto_close int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_of(arena) arena = arena_new();
	auto_close int fd = -1;
	struct manifest read;
	struct download download = { .transfer = transfer,
				     .manifest = &read,
				     .directory = directory,
				     .at = at };

	if (!arena)
		return fail_memory(err);
	if (at < 0)
		return fail_path(err, "cannot open %.150s", directory);
	return name_ok(manifest, err) &&
	       transfer_manifest(transfer, manifest, directory, arena, &fd,
				 &read, err) &&
	       download_all(&download, fd, manifest, err);
}

bool bundle_download(const struct transfer *transfer, const char *manifest,
		     const char *directory, struct error *err)
{
	bool done;

	bucket_cancel(transfer->bucket, transfer->cancel);
	done = fetch(transfer, manifest, directory, err);
	bucket_cancel(transfer->bucket, NULL);
	return done;
}

/* The parts of a bundle whose manifest is gone already, by their names. */
struct orphans {
	struct arena *arena;
	const char *prefix; /* of the keys, up to ".part." */
	const char **keys;
	size_t count;
	bool broken;
};

static bool note_orphan(void *data, const struct bucket_object *object)
{
	struct orphans *orphans = data;
	const char *number = object->key + strlen(orphans->prefix);

	if (!*number || number[strspn(number, "0123456789")])
		return true;
	orphans->keys = arena_more(orphans->arena, orphans->keys,
				   orphans->count, sizeof(*orphans->keys));
	if (orphans->keys)
		orphans->keys[orphans->count] =
			arena_str(orphans->arena, object->key);
	orphans->broken = !orphans->keys || !orphans->keys[orphans->count];
	orphans->count++;
	return !orphans->broken;
}

/* Goes on where a deletion was cut short. */
static bool delete_orphans(const struct transfer *transfer,
			   const char *manifest, struct arena *arena,
			   struct error *err)
{
	static const char end[] = ".manifest.xml";
	size_t size = strlen(manifest);
	struct orphans orphans = { .arena = arena };
	auto_free char *prefix = NULL;

	if (size > strlen(end) &&
	    strcmp(manifest + size - strlen(end), end) == 0)
		size -= strlen(end);
	prefix = format_text("%s%s%.*s.part.", transfer->prefix,
			     *transfer->prefix ? "/" : "", (int)size, manifest);
	if (!prefix)
		return fail_memory(err);
	orphans.prefix = prefix;
	if (!bucket_list(transfer->bucket, prefix, note_orphan, &orphans, err))
		return false;
	if (orphans.broken)
		return fail_memory(err);
	for (size_t i = 0; i < orphans.count; i++)
		if (!bucket_remove(transfer->bucket, orphans.keys[i], err))
			return false;
	return orphans.count ||
	       fail(err, FAULT_KEY_NOT_FOUND,
		    "there is no bundle '%.100s' in the bucket", manifest);
}

static bool delete_part(void *data, const struct manifest_part *part,
			uint64_t *ret_size, struct error *err)
{
	const struct transfer *transfer = data;
	auto_free char *key = transfer_key(transfer, part->name);

	*ret_size = 1;
	if (!key)
		return fail_memory(err);
	return bucket_remove(transfer->bucket, key, err);
}

static bool erase(const struct transfer *transfer, const char *manifest,
		  struct error *err)
{
	auto_free char *key = transfer_key(transfer, manifest);
	const char *scratch = getenv("TMPDIR");
	auto_of(arena) arena = arena_new();
	struct manifest read;
	struct crew crew = { .transfer = transfer,
			     .manifest = &read,
			     .part = delete_part,
			     .data = (void *)transfer };
	auto_close int fd = -1;

	if (!key || !arena)
		return fail_memory(err);
	if (!transfer_manifest(transfer, manifest,
			       scratch && *scratch ? scratch : "/tmp", arena,
			       &fd, &read, err)) {
		if (err->fault != FAULT_KEY_NOT_FOUND)
			return false;
		error_clear(err);
		return delete_orphans(transfer, manifest, arena, err);
	}
	crew.total = read.part_count;
	return bucket_remove(transfer->bucket, key, err) &&
	       crew_run(&crew, NULL, err);
}

bool bundle_delete(const struct transfer *transfer, const char *manifest,
		   struct error *err)
{
	bool done;

	bucket_cancel(transfer->bucket, transfer->cancel);
	done = erase(transfer, manifest, err);
	bucket_cancel(transfer->bucket, NULL);
	return done;
}
