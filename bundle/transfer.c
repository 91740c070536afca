/* transfer.c - parts to a bucket, several at a time, and the manifest last
 *
 * An older manifest of the same name goes first: while it is there, nobody may
 * find parts of two bundles beside it.
 */
#include "bundle/transfer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/sums.h"

#define PARALLEL 4
#define PARALLEL_MOST 32

/* A crew at work; the lock is for all that follows it. */
struct shift {
	const struct crew *crew;
	pthread_mutex_t lock;
	size_t next;
	uint64_t done;
	bool failed;
	struct error err; /* of the first that failed */
};

static bool is_cancelled(const struct transfer *transfer)
{
	return transfer->cancel &&
	       __atomic_load_n(transfer->cancel, __ATOMIC_RELAXED);
}

/* The next part for one of the crew; NULL: go home. */
static const struct manifest_part *next_part(struct shift *shift)
{
	const struct crew *crew = shift->crew;
	const struct manifest_part *part = NULL;

	pthread_mutex_lock(&shift->lock);
	if (!shift->failed && is_cancelled(crew->transfer)) {
		shift->failed = true;
		fail(&shift->err, FAULT_UNAVAILABLE, "it was cancelled");
	}
	if (!shift->failed && shift->next < crew->manifest->part_count)
		part = &crew->manifest->parts[shift->next++];
	pthread_mutex_unlock(&shift->lock);
	return part;
}

static void report(struct shift *shift, bool done, uint64_t size,
		   const struct error *err)
{
	const struct transfer *transfer = shift->crew->transfer;

	pthread_mutex_lock(&shift->lock);
	if (done) {
		shift->done += size;
		if (transfer->progress)
			transfer->progress(transfer->watch_data, shift->done,
					   shift->crew->total);
	} else if (!shift->failed) {
		shift->failed = true;
		shift->err = *err;
	}
	pthread_mutex_unlock(&shift->lock);
}

static void *work(void *data)
{
	struct shift *shift = data;
	const struct manifest_part *part;

	while ((part = next_part(shift))) {
		struct error err = { 0 };
		uint64_t size = 0;
		bool done = shift->crew->part(shift->crew->data, part, &size,
					      &err);

		report(shift, done, size, &err);
	}
	return NULL;
}

bool crew_run(const struct crew *crew, uint64_t *ret_size, struct error *err)
{
	struct shift shift = { .crew = crew, .next = crew->first };
	unsigned wanted = crew->transfer->parallel, threads = 0;
	pthread_t ids[PARALLEL_MOST];

	wanted = wanted ? wanted : PARALLEL;
	wanted = wanted < PARALLEL_MOST ? wanted : PARALLEL_MOST;
	pthread_mutex_init(&shift.lock, NULL);
	/* this thread is one of them, so that there always is one */
	while (threads + 1 < wanted &&
	       crew->first + threads + 1 < crew->manifest->part_count &&
	       pthread_create(&ids[threads], NULL, work, &shift) == 0)
		threads++;
	work(&shift);
	while (threads)
		pthread_join(ids[--threads], NULL);
	pthread_mutex_destroy(&shift.lock);
	if (shift.failed)
		return fail(err, shift.err.fault, "%s", shift.err.text);
	if (ret_size)
		*ret_size = shift.done;
	return true;
}

char *transfer_key(const struct transfer *transfer, const char *name)
{
	return format_text("%s%s%s", transfer->prefix,
			   *transfer->prefix ? "/" : "", name);
}

bool transfer_manifest(const struct transfer *transfer, const char *name,
		       const char *scratch, struct arena *arena, int *ret_fd,
		       struct manifest *ret_manifest, struct error *err)
{
	auto_free char *key = transfer_key(transfer, name);
	auto_close int fd = -1;

	if (!key)
		return fail_memory(err);
	if (!bucket_open_object(transfer->bucket, key, MANIFEST_SIZE_MOST,
				scratch, &fd, err) ||
	    !manifest_read(fd, arena, ret_manifest, NULL, err))
		return false;
	*ret_fd = take_fd(fd);
	return true;
}

/* A bundle on its way to a bucket. */
struct upload {
	const struct transfer *transfer;
	int directory; /* of the parts */
};

static bool open_part(const struct upload *upload, const char *name,
		      int *ret_fd, struct stat *ret_stat, struct error *err)
{
	auto_close int fd = openat(upload->directory, name,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					   O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the part %.100s is not beside its manifest", name);
	if (fd < 0 || fstat(fd, ret_stat) != 0)
		return fail_errno(err, "cannot open %.100s", name);
	if (!S_ISREG(ret_stat->st_mode))
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the part %.100s is no regular file", name);
	*ret_fd = take_fd(fd);
	return true;
}

static const char *acl_of(const struct transfer *transfer)
{
	return transfer->acl ? transfer->acl : "aws-exec-read";
}

static bool upload_part(void *data, const struct manifest_part *part,
			uint64_t *ret_size, struct error *err)
{
	const struct upload *upload = data;
	const struct transfer *transfer = upload->transfer;
	auto_free char *key = transfer_key(transfer, part->name);
	auto_close int fd = -1;
	struct sums sums;
	struct stat st;
	bool there;

	if (!key)
		return fail_memory(err);
	if (!open_part(upload, part->name, &fd, &st, err) ||
	    !sum_file(fd, SUM_SHA1 | SUM_MD5, &sums, err))
		return false;
	if (strcasecmp(sums.sha1, part->digest) != 0)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the part %.100s is not what its manifest says: "
			    "it is damaged",
			    part->name);
	if (!bucket_holds(transfer->bucket, key, &sums, &there, err) ||
	    (!there &&
	     !bucket_put(transfer->bucket, key, fd, acl_of(transfer), err)))
		return false;
	*ret_size = sums.size;
	return true;
}

/* All parts that are to be sent are there, and as large as they should be,
 * before the first one is sent. */
static bool check_parts(const struct upload *upload,
			const struct manifest *manifest, uint64_t *ret_total,
			struct error *err)
{
	uint64_t total = 0;

	for (size_t i = upload->transfer->first_part; i < manifest->part_count;
	     i++) {
		auto_close int fd = -1;
		struct stat st;

		if (!open_part(upload, manifest->parts[i].name, &fd, &st, err))
			return false;
		total += (uint64_t)st.st_size;
	}
	if (!upload->transfer->first_part && total != manifest->bundled_size)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the parts have %llu bytes, and %llu by the "
			    "manifest",
			    (unsigned long long)total,
			    (unsigned long long)manifest->bundled_size);
	*ret_total = total;
	return true;
}

/* Sends the parts, and the manifest that is open when all are there. */
static bool send_all(struct upload *upload, const struct manifest *manifest,
		     const char *key, int fd, struct error *err)
{
	const struct transfer *transfer = upload->transfer;
	struct crew crew = { .transfer = transfer,
			     .manifest = manifest,
			     .first = transfer->first_part,
			     .part = upload_part,
			     .data = upload };
	struct sums sums;
	bool there;

	if (!check_parts(upload, manifest, &crew.total, err) ||
	    !sum_file(fd, SUM_MD5, &sums, err) ||
	    !bucket_holds(transfer->bucket, key, &sums, &there, err))
		return false;
	if (!there && !bucket_remove(transfer->bucket, key, err)) {
		/* who may only write cannot: then it is written over */
		if (err->fault != FAULT_AUTH_FAILURE)
			return false;
		error_clear(err);
	}
	if (!crew_run(&crew, NULL, err))
		return false;
	return there || transfer->no_manifest ||
	       bucket_put(transfer->bucket, key, fd, acl_of(transfer), err);
}

/* The directory that a path's last component is in. */
static int open_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = slash ? strndup(path, (size_t)(slash - path)) :
				      strdup(".");

	if (!dir)
		return -1;
	return open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool upload(const struct transfer *transfer, const char *manifest,
		   struct error *err)
{
	auto_free char *key = transfer_key(transfer, base_name(manifest));
	auto_of(arena) arena = arena_new();
	auto_close int directory = -1;
	auto_close int fd = -1;
	struct manifest read;

	if (!key || !arena)
		return fail_memory(err);
	fd = open(manifest, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open %.150s: %m", manifest);
	directory = transfer->directory ?
			    open(transfer->directory,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC) :
			    open_parent(manifest);
	if (directory < 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "cannot open the directory of the parts: %m");
	if (!manifest_read(fd, arena, &read, NULL, err))
		return false;
	if (transfer->first_part >= read.part_count)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the bundle has %zu parts, so there is no %zu",
			    read.part_count, transfer->first_part);
	return send_all(&(struct upload){ transfer, directory }, &read, key, fd,
			err);
}

bool bundle_upload(const struct transfer *transfer, const char *manifest,
		   struct error *err)
{
	bool done;

	bucket_cancel(transfer->bucket, transfer->cancel);
	done = upload(transfer, manifest, err);
	bucket_cancel(transfer->bucket, NULL);
	return done;
}
