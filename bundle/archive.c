/* archive.c - threads around a ring of slots
 *
 * The reader fills slots in the archive's order. Whichever deflating thread is
 * idle takes the next one; the digesting thread and the writer go through them
 * in order, and a slot is free again when both have. What stops one thread
 * stops all: the first failure is the one that is told. A run of zeros is a
 * slot without bytes, and what it deflates to was made before.
 */
#include "bundle/archive.h"

#include <libdeflate.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "bundle/deflate.h"
#include "bundle/tar-write.h"
#include "images/base/hex.h"

#define PIECE (1U << 20)      /* bytes that are deflated at once */
#define RUN (64ULL * PIECE)   /* zeros of one slot, at most */
#define ZEROS_LEAST (256U << 10) /* fewer are bytes like others */
#define SPARE 4		      /* slots that no deflating thread has */
#define SHA1_SIZE 20

AUTO_DEFINE(evp_md_ctx_st, EVP_MD_CTX_free)

struct slot {
	uint8_t *plain;
	uint64_t size;	/* bytes of the archive */
	bool zeros;	/* all of them, and `plain` is not used */
	uint64_t done;	/* bytes of the source, this slot's included */
	uint8_t *piece; /* of the deflate stream */
	size_t piece_size;
	uint32_t crc; /* of the plain bytes */
	bool deflated;
};

struct archiving {
	const struct archive *archive;
	archive_fn *write;
	void *data;

	/* Under the lock: how many slots each thread is done with, since the
	 * beginning. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t filled, taken, digested, written;
	bool ended;   /* no more are filled */
	bool stopped; /* everybody ends */
	struct error failure;

	struct slot *slots;
	unsigned count;
	uint8_t *plain_zeros; /* PIECE of them */
	uint8_t *zero_piece;  /* what they deflate to */
	size_t zero_piece_size;
	uint32_t zero_crc;
	EVP_MD_CTX *digest;

	struct slot *open; /* the reader's, not full yet */
	uint64_t done;
};

/* Ends all threads; `err` says why, unless another thread did it first. */
static void stop(struct archiving *at, const struct error *err)
{
	pthread_mutex_lock(&at->lock);
	if (!at->stopped)
		at->failure = *err;
	at->stopped = true;
	pthread_cond_broadcast(&at->changed);
	pthread_mutex_unlock(&at->lock);
}

/* Whether to end; with the lock. */
static bool is_stopped(struct archiving *at)
{
	const bool *cancel = at->archive->cancel;

	if (!at->stopped && cancel &&
	    __atomic_load_n(cancel, __ATOMIC_RELAXED)) {
		at->stopped = true;
		fail(&at->failure, FAULT_UNAVAILABLE,
		     "the packing was cancelled");
		pthread_cond_broadcast(&at->changed);
	}
	return at->stopped;
}

static struct slot *slot_of(const struct archiving *at, uint64_t number)
{
	return at->slots + number % at->count;
}

/* Counts one slot more. */
static void count_up(struct archiving *at, uint64_t *counter)
{
	pthread_mutex_lock(&at->lock);
	++*counter;
	pthread_cond_broadcast(&at->changed);
	pthread_mutex_unlock(&at->lock);
}

/* The reader's next slot; NULL when all is to end. */
static struct slot *slot_to_fill(struct archiving *at)
{
	struct slot *slot = NULL;

	pthread_mutex_lock(&at->lock);
	while (!is_stopped(at) && (at->filled - at->written == at->count ||
				   at->filled - at->digested == at->count))
		pthread_cond_wait(&at->changed, &at->lock);
	if (!at->stopped)
		slot = slot_of(at, at->filled);
	pthread_mutex_unlock(&at->lock);
	if (slot) {
		slot->size = 0;
		slot->zeros = false;
		slot->deflated = false;
	}
	return slot;
}

/* The next one to deflate, to digest, or to write, as `counter` says; the
 * writer's must be deflated. NULL when there is none any more. */
static struct slot *slot_to_do(struct archiving *at, const uint64_t *counter)
{
	const bool deflated = counter == &at->written;
	struct slot *slot = NULL;

	pthread_mutex_lock(&at->lock);
	while (!is_stopped(at)) {
		if (*counter < at->filled &&
		    (!deflated || slot_of(at, *counter)->deflated)) {
			slot = slot_of(at, *counter);
			break;
		}
		if (*counter == at->filled && at->ended)
			break;
		pthread_cond_wait(&at->changed, &at->lock);
	}
	if (slot && counter == &at->taken)
		at->taken++;
	pthread_mutex_unlock(&at->lock);
	return slot;
}

/* Passes the reader's slot on, when anything is in it. */
static void flush(struct archiving *at)
{
	if (!at->open)
		return;
	at->open->done = at->done;
	at->open = NULL;
	count_up(at, &at->filled);
}

/* How many bytes the reader's slot has room for, at least one; 0 with no error
 * when all is to end. */
static size_t room(struct archiving *at)
{
	if (at->open && at->open->size == PIECE)
		flush(at);
	if (!at->open)
		at->open = slot_to_fill(at);
	return at->open ? PIECE - at->open->size : 0;
}

static bool add_bytes(void *data, const void *bytes, size_t size,
		      struct error *err)
{
	struct archiving *at = data;
	const uint8_t *from = bytes;

	(void)err;
	while (size) {
		size_t part = room(at);

		if (!part)
			return false;
		part = size < part ? size : part;
		memcpy(at->open->plain + at->open->size, from, part);
		at->open->size += part;
		from += part;
		size -= part;
	}
	return true;
}

static bool add_copy(void *data, uint64_t offset, uint64_t size,
		     struct error *err)
{
	struct archiving *at = data;

	while (size) {
		size_t part = room(at);

		if (!part)
			return false;
		part = size < part ? size : part;
		if (!source_read(at->archive->source,
				 at->open->plain + at->open->size, part, offset,
				 err))
			return false;
		at->open->size += part;
		offset += part;
		size -= part;
		at->done = offset;
	}
	return true;
}

static bool add_zeros(void *data, uint64_t size, struct error *err)
{
	struct archiving *at = data;

	(void)err;
	while (size >= ZEROS_LEAST) {
		uint64_t part = size < RUN ? size : RUN;

		flush(at);
		at->open = slot_to_fill(at);
		if (!at->open)
			return false;
		at->open->zeros = true;
		at->open->size = part;
		size -= part;
		at->done += part;
		flush(at);
	}
	while (size) {
		size_t part = room(at);

		if (!part)
			return false;
		part = size < part ? size : part;
		memset(at->open->plain + at->open->size, 0, part);
		at->open->size += part;
		size -= part;
		at->done += part;
	}
	return true;
}

static void *read_thread(void *data)
{
	struct archiving *at = data;
	struct error err = { FAULT_NONE };
	const struct tar_sink sink = { add_bytes, add_copy, add_zeros, at };

	if (!tar_write(at->archive->source, at->archive->name,
		       at->archive->sparse, &sink, &err)) {
		stop(at, &err);
		return NULL;
	}
	flush(at);
	pthread_mutex_lock(&at->lock);
	at->ended = true;
	pthread_cond_broadcast(&at->changed);
	pthread_mutex_unlock(&at->lock);
	return NULL;
}

static bool digest_slot(const struct archiving *at, const struct slot *slot)
{
	uint64_t size = slot->size;

	if (!slot->zeros)
		return EVP_DigestUpdate(at->digest, slot->plain, size) == 1;
	for (; size > PIECE; size -= PIECE)
		if (EVP_DigestUpdate(at->digest, at->plain_zeros, PIECE) != 1)
			return false;
	return EVP_DigestUpdate(at->digest, at->plain_zeros, size) == 1;
}

static void *digest_thread(void *data)
{
	struct archiving *at = data;
	struct error err = { FAULT_NONE };
	struct slot *slot;

	while ((slot = slot_to_do(at, &at->digested))) {
		if (!digest_slot(at, slot)) {
			fail(&err, FAULT_INTERNAL, "cannot digest the archive");
			stop(at, &err);
			break;
		}
		count_up(at, &at->digested);
	}
	return NULL;
}

/* Whole pieces of zeros are known; what is left of the run is deflated. */
static bool deflate_zeros(const struct archiving *at, struct deflate *deflate,
			  struct slot *slot, struct error *err)
{
	uint64_t rest = slot->size;
	size_t size;

	slot->crc = 0;
	slot->piece_size = 0;
	for (; rest >= PIECE; rest -= PIECE) {
		memcpy(slot->piece + slot->piece_size, at->zero_piece,
		       at->zero_piece_size);
		slot->piece_size += at->zero_piece_size;
		slot->crc = (uint32_t)crc32_combine(slot->crc, at->zero_crc,
						    PIECE);
	}
	if (!rest)
		return true;
	if (!deflate_piece(deflate, at->plain_zeros, rest,
			   slot->piece + slot->piece_size, &size, err))
		return false;
	slot->piece_size += size;
	slot->crc = (uint32_t)crc32_combine(
		slot->crc, libdeflate_crc32(0, at->plain_zeros, rest),
		(z_off_t)rest);
	return true;
}

static bool deflate_slot(const struct archiving *at, struct deflate *deflate,
			 struct slot *slot, struct error *err)
{
	if (slot->zeros || (slot->size == PIECE &&
			    memcmp(slot->plain, at->plain_zeros, PIECE) == 0))
		return deflate_zeros(at, deflate, slot, err);
	slot->crc = libdeflate_crc32(0, slot->plain, slot->size);
	return deflate_piece(deflate, slot->plain, slot->size, slot->piece,
			     &slot->piece_size, err);
}

static void *deflate_thread(void *data)
{
	struct archiving *at = data;
	struct error err = { FAULT_NONE };
	auto_of(deflate) deflate = deflate_new(at->archive->level);
	struct slot *slot;

	if (!deflate) {
		fail_memory(&err);
		stop(at, &err);
		return NULL;
	}
	while ((slot = slot_to_do(at, &at->taken))) {
		if (!deflate_slot(at, deflate, slot, &err)) {
			stop(at, &err);
			break;
		}
		pthread_mutex_lock(&at->lock);
		slot->deflated = true;
		pthread_cond_broadcast(&at->changed);
		pthread_mutex_unlock(&at->lock);
	}
	return NULL;
}

static void put32(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

/* The calling thread's work: the one gzip member (RFC 1952), without name and
 * time. */
static bool write_out(struct archiving *at, struct error *err)
{
	static const uint8_t header[] = { 31, 139, 8, 0, 0, 0, 0, 0, 0, 255 };
	const struct archive *archive = at->archive;
	const uint64_t total = archive->source->size;
	uint8_t trailer[DEFLATE_END_SIZE + 8];
	uint64_t size = 0;
	uint32_t crc = 0;
	struct slot *slot;

	if (!at->write(at->data, header, sizeof(header), err))
		return false;
	while ((slot = slot_to_do(at, &at->written))) {
		if (!at->write(at->data, slot->piece, slot->piece_size, err))
			return false;
		crc = (uint32_t)crc32_combine64(crc, slot->crc,
						(z_off_t)slot->size);
		size += slot->size;
		if (archive->progress)
			archive->progress(archive->watch_data,
					  slot->done < total ? slot->done :
							       total,
					  total);
		count_up(at, &at->written);
	}
	if (at->stopped) /* by another; it does not change any more */
		return false;
	memcpy(trailer, DEFLATE_END, DEFLATE_END_SIZE);
	put32(trailer + DEFLATE_END_SIZE, crc);
	put32(trailer + DEFLATE_END_SIZE + 4, (uint32_t)size);
	return at->write(at->data, trailer, sizeof(trailer), err);
}

/* Runs the threads; the failure of any of them is at->failure. */
static void run(struct archiving *at)
{
	void *(*const others[])(void *) = { read_thread, digest_thread };
	const unsigned wanted = at->archive->threads + 2;
	auto_free pthread_t *threads = calloc(wanted, sizeof(*threads));
	struct error err = { FAULT_NONE };
	unsigned started = 0;

	while (threads && started < wanted &&
	       pthread_create(threads + started, NULL,
			      started < 2 ? others[started] : deflate_thread,
			      at) == 0)
		started++;
	if (started < 3) {
		fail(&err, FAULT_INTERNAL, "cannot start threads");
		stop(at, &err);
	} else if (!write_out(at, &err)) {
		stop(at, &err);
	}
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

static bool prepare(struct archiving *at, struct error *err)
{
	auto_of(deflate) deflate = deflate_new(at->archive->level);

	at->count = at->archive->threads + SPARE;
	at->slots = calloc(at->count, sizeof(*at->slots));
	at->plain_zeros = calloc(1, PIECE);
	at->zero_piece = malloc(deflate_room(PIECE));
	if (!deflate || !at->slots || !at->plain_zeros || !at->zero_piece)
		return fail_memory(err);
	for (unsigned i = 0; i < at->count; i++) {
		at->slots[i].plain = malloc(PIECE);
		at->slots[i].piece = malloc(deflate_room(PIECE));
		if (!at->slots[i].plain || !at->slots[i].piece)
			return fail_memory(err);
	}
	at->zero_crc = libdeflate_crc32(0, at->plain_zeros, PIECE);
	return deflate_piece(deflate, at->plain_zeros, PIECE, at->zero_piece,
			     &at->zero_piece_size, err);
}

static void release(struct archiving *at)
{
	for (unsigned i = 0; at->slots && i < at->count; i++) {
		free(at->slots[i].plain);
		free(at->slots[i].piece);
	}
	free(at->slots);
	free(at->plain_zeros);
	free(at->zero_piece);
}

bool archive_write(const struct archive *archive, archive_fn *write, void *data,
		   char ret_digest[SHA1_TEXT_SIZE], struct error *err)
{
	auto_of(evp_md_ctx_st) digest = EVP_MD_CTX_new();
	uint8_t sha1[SHA1_SIZE];
	struct archiving at = {
		.archive = archive,
		.write = write,
		.data = data,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.digest = digest,
	};
	bool prepared;

	if (!digest || EVP_DigestInit_ex(digest, EVP_sha1(), NULL) != 1)
		return fail_memory(err);
	prepared = prepare(&at, err);
	if (prepared)
		run(&at);
	release(&at);
	if (!prepared)
		return false;
	if (at.stopped) {
		*err = at.failure;
		return false;
	}
	if (EVP_DigestFinal_ex(digest, sha1, NULL) != 1)
		return fail_memory(err);
	hex_write(sha1, sizeof(sha1), ret_digest);
	return true;
}
