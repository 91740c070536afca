/* transfer-open.c - a bundle's parts, opened in a bucket one after the other
 *
 * While one is read, a thread fetches the next into an unnamed file. So there
 * are never more than two of them on the disk, however large the bundle is.
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "bundle/transfer-private.h"

#define NONE SIZE_MAX

struct ahead {
	struct bucket *bucket;
	const char *prefix; /* of the keys, with its '/' */
	const char *scratch;
	const struct manifest_part *parts;
	size_t count;
	uint64_t most; /* bytes of a part */

	/* The thread's, from its start to its end. */
	pthread_t thread;
	size_t index; /* of the part that it fetches; NONE: there is none */
	bool fetched;
	int fd;
	struct error err;
};

static bool fetch(const struct ahead *ahead, size_t index, int *ret_fd,
		  struct error *err)
{
	auto_free char *key =
		format_text("%s%s", ahead->prefix, ahead->parts[index].name);

	if (!key)
		return fail_memory(err);
	return bucket_open_object(ahead->bucket, key, ahead->most,
				  ahead->scratch, ret_fd, err);
}

static void *fetch_ahead(void *data)
{
	struct ahead *ahead = data;

	ahead->fetched = fetch(ahead, ahead->index, &ahead->fd, &ahead->err);
	return NULL;
}

/* Has the part fetched while its reader is busy; without a thread it is
 * fetched when it is opened. */
static void look_ahead(struct ahead *ahead, size_t index)
{
	if (index >= ahead->count)
		return;
	ahead->index = index;
	ahead->fd = -1;
	error_clear(&ahead->err);
	if (pthread_create(&ahead->thread, NULL, fetch_ahead, ahead) != 0)
		ahead->index = NONE;
}

/* Ends the thread; the descriptor is the caller's. */
static bool join(struct ahead *ahead, int *ret_fd, struct error *err)
{
	pthread_join(ahead->thread, NULL);
	ahead->index = NONE;
	*ret_fd = ahead->fd;
	return ahead->fetched ||
	       fail(err, ahead->err.fault, "%s", ahead->err.text);
}

static void forget(struct ahead *ahead)
{
	struct error ignored = { 0 };
	auto_close int fd = -1;

	if (ahead->index != NONE && !join(ahead, &fd, &ignored))
		fd = -1;
}

static bool open_part(void *data, const struct manifest_part *part, int *ret_fd,
		      struct error *err)
{
	struct ahead *ahead = data;
	size_t index = (size_t)(part - ahead->parts);
	auto_close int fd = -1;

	if (ahead->index == index) {
		if (!join(ahead, &fd, err))
			return false;
	} else {
		forget(ahead);
		if (!fetch(ahead, index, &fd, err))
			return false;
	}
	look_ahead(ahead, index + 1);
	*ret_fd = take_fd(fd);
	return true;
}

bool bundle_open(struct bucket *bucket, const char *key, const char *scratch,
		 struct arena *arena, struct manifest *ret_manifest,
		 struct parts *ret_parts, struct error *err)
{
	const char *slash = strrchr(key, '/');
	struct ahead *ahead = arena_alloc(arena, sizeof(*ahead));
	auto_close int fd = -1;
	struct manifest manifest;

	if (!ahead)
		return fail_memory(err);
	ahead->prefix = arena_format(arena, "%.*s",
				     slash ? (int)(slash - key) + 1 : 0, key);
	ahead->scratch = arena_str(arena, scratch);
	if (!ahead->prefix || (scratch && !ahead->scratch))
		return fail_memory(err);
	if (!bucket_open_object(bucket, key, MANIFEST_SIZE_MOST, scratch, &fd,
				err) ||
	    !manifest_read(fd, arena, &manifest, NULL, err))
		return false;
	ahead->bucket = bucket;
	ahead->parts = manifest.parts;
	ahead->count = manifest.part_count;
	ahead->most = manifest.bundled_size;
	ahead->index = NONE;
	ahead->fd = -1;
	*ret_manifest = manifest;
	*ret_parts = (struct parts){ .open = open_part, .data = ahead };
	return true;
}

void parts_close(struct parts *parts)
{
	if (parts && parts->data)
		forget(parts->data);
}
