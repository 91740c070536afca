/* unpack.c - parts, AES, gzip, SHA-1 and tar at once, each in its own thread
 *
 * Inflating takes most of the time and has a thread for itself; reading and
 * decrypting, digesting and writing share the other core. When several fail,
 * the one nearest to the parts is told: what comes behind it follows from it.
 */
#include "bundle/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/decrypt.h"
#include "bundle/inflate.h"
#include "bundle/queue.h"
#include "bundle/untar.h"
#include "images/base/hex.h"

#define PIECE (256 << 10)    /* bytes of the archive that are passed on */
#define HOLE 4096	     /* the smallest hole, bytes */
#define FLUSH (32ULL << 20)  /* bytes between beginnings of writing back */
#define SHA1_SIZE 20

struct unpacking {
	const struct unpack *unpack;
	struct queue *packed;  /* gzip's stream */
	struct queue *archive; /* tar's */
	EVP_MD_CTX *digest;    /* of the archive */
	int fd;
	uint64_t flushed; /* writing back was begun up to here */
	struct error decrypting, inflating, writing;
};

static void *decrypt_thread(void *data)
{
	struct unpacking *at = data;

	decrypt_parts(at->unpack, at->packed, &at->decrypting);
	return NULL;
}

/* One piece of input becomes as many buffers as it takes; false with no error
 * when the archive's reader stopped. */
static bool inflate_piece(struct unpacking *at, struct inflater *inflater,
			  const uint8_t *piece, size_t size)
{
	size_t got = PIECE;

	while (size || got == PIECE) {
		uint8_t *room = queue_room(at->archive);

		if (!room || !inflate_some(inflater, &piece, &size, room, PIECE,
					   &got, &at->inflating))
			return false;
		queue_put(at->archive, got);
	}
	return true;
}

static bool inflate_all(struct unpacking *at, struct inflater *inflater)
{
	const uint8_t *piece;
	size_t size;

	while ((piece = queue_next(at->packed, &size)) != NULL)
		if (!inflate_piece(at, inflater, piece, size))
			return false;
	return !size && inflate_end(inflater, &at->inflating);
}

static void *inflate_thread(void *data)
{
	struct unpacking *at = data;
	auto_of(inflater) inflater = inflater_new();

	if (inflater ? inflate_all(at, inflater) :
		       fail_memory(&at->inflating)) {
		queue_end(at->archive);
	} else {
		queue_stop(at->archive);
		queue_stop(at->packed);
	}
	return NULL;
}

/* The archive's next piece, on its way into the digest. */
static bool archive_next(void *data, const uint8_t **ret_piece,
			 size_t *ret_size, struct error *err)
{
	struct unpacking *at = data;

	if (unpack_cancelled(at->unpack, err))
		return false;
	*ret_piece = queue_next(at->archive, ret_size);
	if (!*ret_piece)
		return !*ret_size || /* the thread before knows why */
		       fail(err, FAULT_INTERNAL, "the unpacking stopped");
	if (EVP_DigestUpdate(at->digest, *ret_piece, *ret_size) != 1)
		return fail(err, FAULT_HOST, "OpenSSL cannot digest");
	return true;
}

static bool is_zero(const uint8_t *data, size_t size)
{
	return !*data && memcmp(data, data + 1, size - 1) == 0;
}

/* The bytes up to the next boundary of holes. */
static size_t block_size(size_t size, uint64_t offset)
{
	size_t block = HOLE - offset % HOLE;

	return block < size ? block : size;
}

static bool write_at(int fd, const uint8_t *data, size_t size, uint64_t offset,
		     struct error *err)
{
	while (size) {
		ssize_t done = pwrite(fd, data, size, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail_errno(err, "cannot write the image");
		data += done;
		offset += (uint64_t)done;
		size -= (size_t)done;
	}
	return true;
}

/* Writes what is not zero; blocks that are become holes. */
static bool write_sparse(int fd, const uint8_t *data, size_t size,
			 uint64_t offset, struct error *err)
{
	while (size) {
		size_t run = 0;

		while (run < size) {
			size_t block = block_size(size - run, offset + run);

			if (is_zero(data + run, block))
				break;
			run += block;
		}
		if (!write_at(fd, data, run, offset, err))
			return false;
		if (run < size)
			run += block_size(size - run, offset + run);
		data += run;
		offset += run;
		size -= run;
	}
	return true;
}

/* Takes a piece of the image. The disk is kept busy from early on, so that
 * syncing at the end does not wait for all of it. */
static bool image_write(void *data, const uint8_t *piece, size_t size,
			uint64_t offset, struct error *err)
{
	struct unpacking *at = data;
	const struct unpack *unpack = at->unpack;

	if (!write_sparse(at->fd, piece, size, offset, err))
		return false;
	offset += size;
	if (offset - at->flushed >= FLUSH) {
		/* only a hint: what it cannot do, fsync() does */
		(void)sync_file_range(at->fd, (off_t)at->flushed,
				      (off_t)(offset - at->flushed),
				      SYNC_FILE_RANGE_WRITE);
		at->flushed = offset;
	}
	if (unpack->progress)
		unpack->progress(unpack->watch_data, offset,
				 unpack->manifest->size);
	return true;
}

static bool digest_compare(struct unpacking *at, struct error *err)
{
	uint8_t digest[SHA1_SIZE];
	char text[SHA1_TEXT_SIZE];

	if (EVP_DigestFinal_ex(at->digest, digest, NULL) != 1)
		return fail(err, FAULT_HOST, "OpenSSL cannot digest");
	hex_write(digest, sizeof(digest), text);
	return strcmp(text, at->unpack->manifest->digest) == 0 ||
	       fail(err, FAULT_INVALID_MANIFEST,
		    "the bundle's content is not what was packed: its SHA-1"
		    " is not the manifest's");
}

static bool write_all_of_it(struct unpacking *at)
{
	const struct untar archive = {
		.size = at->unpack->manifest->size,
		.next = archive_next,
		.write = image_write,
		.data = at,
	};

	return untar(&archive, &at->writing) &&
	       digest_compare(at, &at->writing);
}

static bool run(struct unpacking *at, struct error *err)
{
	pthread_t decrypting, inflating;

	errno = pthread_create(&decrypting, NULL, decrypt_thread, at);
	if (errno)
		return fail_errno(err, "cannot start a thread");
	errno = pthread_create(&inflating, NULL, inflate_thread, at);
	if (errno) {
		fail_errno(&at->inflating, "cannot start a thread");
	} else {
		if (!write_all_of_it(at))
			queue_stop(at->archive);
		pthread_join(inflating, NULL);
	}
	if (at->inflating.fault)
		queue_stop(at->packed);
	pthread_join(decrypting, NULL);
	if (at->decrypting.fault)
		*err = at->decrypting;
	else if (at->inflating.fault)
		*err = at->inflating;
	else
		*err = at->writing;
	return !err->fault;
}

static bool prepare(struct unpacking *at, struct error *err)
{
	struct stat st;

	if (fstat(at->fd, &st) != 0)
		return fail_errno(err, "cannot look at the image");
	if (!S_ISREG(st.st_mode) || st.st_size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the image goes into an empty file");
	if (ftruncate(at->fd, (off_t)at->unpack->manifest->size) != 0)
		return fail_errno(
			err, "cannot make an image of %llu bytes",
			(unsigned long long)at->unpack->manifest->size);
	at->packed = queue_new(DECRYPT_PIECE);
	at->archive = queue_new(PIECE);
	at->digest = EVP_MD_CTX_new();
	if (!at->packed || !at->archive || !at->digest)
		return fail_memory(err);
	return EVP_DigestInit_ex(at->digest, EVP_sha1(), NULL) == 1 ||
	       fail(err, FAULT_HOST, "OpenSSL has no SHA-1");
}

bool unpack_file(const struct unpack *unpack, int fd, struct error *err)
{
	struct unpacking at = { .unpack = unpack, .fd = fd };
	bool done = prepare(&at, err) && run(&at, err);

	queue_free(at.packed);
	queue_free(at.archive);
	EVP_MD_CTX_free(at.digest);
	if (done && fsync(fd) != 0)
		return fail_errno(err, "cannot flush the image");
	return done;
}
