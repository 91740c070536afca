/* copy.c - copying a disk's bytes, without what is zero
 *
 * Through a buffer and not by copy_file_range(): a pass over the bytes is what
 * finds the zeros of a disk that was written out in full, and where the kernel
 * could share blocks instead of copying them FICLONE has already done so. One
 * thread reads and looks for zeros while the other writes; more only wait for
 * the file's lock.
 */
#include "images/chain/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "images/base/auto.h"

#define CHUNK (512U << 10)
#define GRAIN 4096U /* what is left out is as large as this, or a multiple */
#define PUSH (8U << 20)	 /* after so much, the disk is set to work */
#define ALONE (8U << 20) /* not worth a second thread */

struct copy {
	int from;
	int to;
	uint64_t size;
	pthread_mutex_t lock; /* of what follows */
	uint64_t at;	      /* the next chunk begins here … */
	uint64_t end;	      /* … and this stretch of data ends here */
	uint64_t pushed;      /* up to here, the disk was told to begin */
	bool stop;
	struct error err; /* the first failure of any thread */
};

/* A piece of work; `push` is how much before it is to go to the disk now. */
struct chunk {
	uint64_t offset;
	size_t size;
	uint64_t push;
};

static bool all_zero(const uint8_t *data, size_t size)
{
	return data[0] == 0 && memcmp(data, data + 1, size - 1) == 0;
}

static bool write_run(const struct copy *copy, const uint8_t *data, size_t size,
		      uint64_t offset, struct error *err)
{
	while (size) {
		ssize_t done = pwrite(copy->to, data, size, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail_errno(err, "cannot write the copy");
		data += done;
		offset += (uint64_t)done;
		size -= (size_t)done;
	}
	return true;
}

/* Writes the parts of a chunk that are not zero. */
static bool write_chunk(const struct copy *copy, const uint8_t *data,
			const struct chunk *chunk, struct error *err)
{
	size_t begin = 0, at = 0; /* [begin, at) is data to be written */

	while (at < chunk->size) {
		size_t rest = chunk->size - at;
		size_t grain = rest < GRAIN ? rest : GRAIN;
		bool zero = all_zero(data + at, grain);

		if (zero && !write_run(copy, data + begin, at - begin,
				       chunk->offset + begin, err))
			return false;
		at += grain;
		if (zero)
			begin = at;
	}
	return write_run(copy, data + begin, at - begin, chunk->offset + begin,
			 err);
}

static bool read_chunk(const struct copy *copy, uint8_t *data,
		       const struct chunk *chunk, struct error *err)
{
	size_t have = 0;

	while (have < chunk->size) {
		ssize_t got = pread(copy->from, data + have, chunk->size - have,
				    (off_t)(chunk->offset + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read the image");
		if (got == 0)
			return fail(err, FAULT_IMPORT_FORMAT,
				    "the image became shorter while it was "
				    "read");
		have += (size_t)got;
	}
	return true;
}

/* Moves on to the next stretch of data; false when there is none. */
static bool next_data(struct copy *copy)
{
	off_t begin = lseek(copy->from, (off_t)copy->end, SEEK_DATA);
	off_t end = -1;

	if (begin < 0 && errno == ENXIO)
		return false;
	if (begin >= 0)
		end = lseek(copy->from, begin, SEEK_HOLE);
	/* where holes are not known, the rest is one stretch */
	copy->at = begin < 0 ? copy->end : (uint64_t)begin;
	copy->end = end > begin && (uint64_t)end < copy->size ? (uint64_t)end :
								copy->size;
	return copy->at < copy->size;
}

/* Hands out the next piece of work; false when there is none left. */
static bool next_chunk(struct copy *copy, struct chunk *ret_chunk)
{
	struct chunk chunk = { 0 };
	uint64_t rest;
	bool more;

	pthread_mutex_lock(&copy->lock);
	more = !copy->stop && copy->at < copy->size &&
	       (copy->at < copy->end || next_data(copy));
	if (more) {
		rest = copy->end - copy->at;
		chunk.offset = copy->at;
		chunk.size = rest < CHUNK ? (size_t)rest : CHUNK;
		copy->at += chunk.size;
		if (chunk.offset - copy->pushed >= PUSH) {
			chunk.push = chunk.offset - copy->pushed;
			copy->pushed = chunk.offset;
		}
	}
	copy->stop |= !more;
	pthread_mutex_unlock(&copy->lock);
	*ret_chunk = chunk;
	return more;
}

/* Works until nothing is left or something failed. */
static void work(struct copy *copy, progress_fn progress, void *progress_data)
{
	auto_free uint8_t *data = aligned_alloc(GRAIN, CHUNK);
	struct error err = { FAULT_NONE };
	struct chunk chunk;
	bool good = data || fail_memory(&err);

	while (good && next_chunk(copy, &chunk)) {
		good = read_chunk(copy, data, &chunk, &err) &&
		       write_chunk(copy, data, &chunk, &err);
		if (chunk.push)
			sync_file_range(
				copy->to, (off_t)(chunk.offset - chunk.push),
				(off_t)chunk.push, SYNC_FILE_RANGE_WRITE);
		if (progress)
			progress(progress_data, chunk.offset, copy->size);
	}
	if (good)
		return;
	pthread_mutex_lock(&copy->lock);
	if (copy->err.fault == FAULT_NONE)
		copy->err = err;
	copy->stop = true;
	pthread_mutex_unlock(&copy->lock);
}

static void *second_thread(void *copy)
{
	work(copy, NULL, NULL);
	return NULL;
}

/* A file that was cut off meanwhile has neither data nor holes there. */
static bool whole(const struct copy *copy, struct error *err)
{
	off_t end = lseek(copy->from, 0, SEEK_END);

	if (end < 0)
		return fail_errno(err, "cannot read the image");
	if ((uint64_t)end >= copy->size)
		return true;
	return fail(err, FAULT_IMPORT_FORMAT,
		    "the image became shorter while it was read");
}

bool copy_disk(int from, int to, uint64_t size, progress_fn progress,
	       void *data, struct error *err)
{
	struct copy copy = {
		.from = from,
		.to = to,
		.size = size,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	pthread_t second;
	bool cloned, helped;

	cloned = ioctl(to, FICLONE, from) == 0;
	if (ftruncate(to, (off_t)size) != 0)
		return fail_errno(err, "cannot write the copy");
	if (cloned)
		return whole(&copy, err);
	helped = size > ALONE &&
		 pthread_create(&second, NULL, second_thread, &copy) == 0;
	work(&copy, progress, data);
	if (helped)
		pthread_join(second, NULL);
	if (copy.err.fault != FAULT_NONE) {
		*err = copy.err;
		return false;
	}
	return whole(&copy, err);
}
