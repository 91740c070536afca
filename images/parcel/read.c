/* read.c - taking a parcel apart, whoever made it
 *
 * What the frame says (its length, where the index begins, how many blocks
 * there are) is believed only as a bound that may not be passed. The index that
 * should be there is known from what was read before it; so that two digests
 * are compared in its place, and nothing is remembered.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/parcel/parcel-private.h"

#define refuse(err, ...) fail(err, FAULT_INVALID_PARAMETER, __VA_ARGS__)

struct parcel {
	int fd;
	uint64_t at;	/* bytes read */
	uint64_t index; /* where it begins … */
	uint64_t total; /* … and where everything ends, by the frame */
	uint64_t blocks_most;
	uint64_t blocks; /* read */
	unsigned disks;
	unsigned disk; /* how many were begun */
	bool within;   /* a disk that was begun is not yet read */
	uint64_t size; /* of the disk, bytes */
	uint64_t next; /* the least number that its next block may have */
	uint64_t disk_blocks;
	char *metadata;
	EVP_MD_CTX *running; /* over all that was read */
	EVP_MD_CTX *wanted;  /* over the index as it should be */
	struct packer *packer;
	uint8_t packed[PARCEL_BLOCK];
};

static bool is_zero(const uint8_t *data, size_t size)
{
	return !size || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* Reads on, up to `end` at most. */
static bool get(struct parcel *parcel, void *ret_data, size_t size,
		uint64_t end, struct error *err)
{
	uint8_t *to = ret_data;
	size_t rest = size;

	if (parcel->at > end || size > end - parcel->at)
		return refuse(err, "the object's disks do not end where its "
				   "index begins");
	while (rest) {
		ssize_t got = pread(parcel->fd, to, rest, (off_t)parcel->at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read the object");
		if (got == 0)
			return refuse(err, "the object was cut short");
		if (!EVP_DigestUpdate(parcel->running, to, (size_t)got))
			return fail_memory(err);
		to += got;
		rest -= (size_t)got;
		parcel->at += (uint64_t)got;
	}
	return true;
}

static bool check_header(const uint8_t *header, struct error *err)
{
	uint32_t disks = get32(header + HEADER_DISKS);

	if (memcmp(header, HEADER_MAGIC, MAGIC_SIZE) != 0)
		return refuse(err, "the object is no stored image");
	if (get32(header + HEADER_VERSION) != VERSION)
		return refuse(err,
			      "the object is a stored image of version %" PRIu32
			      ", which is not known here",
			      get32(header + HEADER_VERSION));
	if (get32(header + HEADER_BLOCK) != PARCEL_BLOCK ||
	    get64(header + HEADER_ZEROS))
		return refuse(err, "the object's header is no known one");
	if (disks < 1 || disks > PARCEL_DISKS_MOST)
		return refuse(err, "the object has %" PRIu32 " disks", disks);
	if (get32(header + HEADER_METADATA) > PARCEL_METADATA_MOST)
		return refuse(err,
			      "the object has %" PRIu32 " bytes of metadata",
			      get32(header + HEADER_METADATA));
	return true;
}

static bool check_metadata(const uint8_t *header, const char *metadata,
			   struct error *err)
{
	size_t size = get32(header + HEADER_METADATA);
	uint8_t digest[SHA256_SIZE];

	sha256(metadata, size, digest);
	if (memcmp(digest, header + HEADER_DIGEST, SHA256_SIZE) != 0)
		return refuse(err, "the object's metadata were altered");
	return !memchr(metadata, 0, size) ||
	       refuse(err, "the object's metadata are no text");
}

bool parcel_peek(const void *start, size_t size, char **ret_metadata,
		 unsigned *ret_disks, struct error *err)
{
	const uint8_t *header = start;
	auto_free char *metadata = NULL;
	size_t length;

	if (size < PARCEL_HEADER)
		return refuse(err, "the object is no stored image");
	if (!check_header(header, err))
		return false;
	length = get32(header + HEADER_METADATA);
	if (length > size - PARCEL_HEADER)
		return refuse(err, "the object was cut short");
	metadata = malloc(length + 1);
	if (!metadata)
		return fail_memory(err);
	memcpy(metadata, header + PARCEL_HEADER, length);
	metadata[length] = 0;
	if (!check_metadata(header, metadata, err))
		return false;
	*ret_disks = get32(header + HEADER_DISKS);
	*ret_metadata = take(metadata);
	return true;
}

/* The end, before anything else: what it says bounds what is read. */
static bool read_frame(struct parcel *parcel, struct error *err)
{
	uint8_t end[END_SIZE];
	uint64_t rest;
	struct stat st;
	ssize_t got;

	if (fstat(parcel->fd, &st) != 0)
		return fail_errno(err, "cannot look at the object");
	if (!S_ISREG(st.st_mode) || st.st_size < PARCEL_HEADER + END_SIZE)
		return refuse(err, "the object is no stored image");
	parcel->total = (uint64_t)st.st_size;
	got = pread(parcel->fd, end, sizeof(end), st.st_size - END_SIZE);
	if (got < 0)
		return fail_errno(err, "cannot read the object");
	if (got != sizeof(end) || memcmp(end, END_MAGIC, MAGIC_SIZE) != 0 ||
	    get64(end + END_TOTAL) != parcel->total)
		return refuse(err, "the object was cut short, or has "
				   "something behind its end");
	parcel->index = get64(end + END_INDEX);
	parcel->blocks_most = get64(end + END_BLOCKS);
	rest = parcel->total - END_SIZE;
	if (parcel->index < PARCEL_HEADER || parcel->index > rest ||
	    parcel->blocks_most > rest / ENTRY_SIZE)
		return refuse(err, "the object's index is at no place for one");
	return true;
}

static bool read_header(struct parcel *parcel, struct error *err)
{
	uint8_t header[PARCEL_HEADER];
	size_t size;

	if (!get(parcel, header, sizeof(header), parcel->index, err) ||
	    !check_header(header, err))
		return false;
	parcel->disks = get32(header + HEADER_DISKS);
	if (parcel->total - END_SIZE - parcel->index !=
	    (parcel->blocks_most + parcel->disks) * ENTRY_SIZE)
		return refuse(err, "the object's index is too short or too "
				   "long for its blocks");
	size = get32(header + HEADER_METADATA);
	parcel->metadata = calloc(1, size + 1);
	if (!parcel->metadata)
		return fail_memory(err);
	return get(parcel, parcel->metadata, size, parcel->index, err) &&
	       check_metadata(header, parcel->metadata, err);
}

bool parcel_open(int fd, struct parcel **ret_parcel, struct error *err)
{
	auto_of(parcel) parcel = calloc(1, sizeof(*parcel));

	if (!parcel)
		return fail_memory(err);
	parcel->fd = fd;
	parcel->running = running_new();
	parcel->wanted = running_new();
	if (!parcel->running || !parcel->wanted)
		return fail_memory(err);
	if (!read_frame(parcel, err) || !read_header(parcel, err) ||
	    !packer_open(true, &parcel->packer, err))
		return false;
	*ret_parcel = take(parcel);
	return true;
}

void parcel_close(struct parcel *parcel)
{
	if (!parcel)
		return;
	EVP_MD_CTX_free(parcel->running);
	EVP_MD_CTX_free(parcel->wanted);
	packer_free(parcel->packer);
	free(parcel->metadata);
	free(parcel);
}

const char *parcel_metadata(const struct parcel *parcel)
{
	return parcel->metadata;
}

unsigned parcel_disks(const struct parcel *parcel)
{
	return parcel->disks;
}

uint64_t parcel_room(const struct parcel *parcel)
{
	return parcel->blocks_most * PARCEL_BLOCK;
}

void parcel_told(const struct parcel *parcel, uint64_t *ret_done,
		 uint64_t *ret_total)
{
	*ret_done = parcel->at;
	*ret_total = parcel->total;
}

bool parcel_disk(struct parcel *parcel, uint64_t *ret_size, struct error *err)
{
	uint8_t head[DISK_HEAD];

	if (parcel->within || parcel->disk == parcel->disks)
		return fail(err, FAULT_INTERNAL, "no disk begins here");
	if (!get(parcel, head, sizeof(head), parcel->index, err))
		return false;
	parcel->size = get64(head);
	if (!parcel->size || parcel->size % 512 ||
	    parcel->size > PARCEL_DISK_MOST)
		return refuse(err, "the object has a disk of %" PRIu64 " bytes",
			      parcel->size);
	parcel->disk++;
	parcel->within = true;
	parcel->next = parcel->disk_blocks = 0;
	*ret_size = parcel->size;
	return true;
}

/* Notes what the index should say. */
static bool want(struct parcel *parcel, uint64_t left, uint64_t right,
		 struct error *err)
{
	uint8_t entry[ENTRY_SIZE];

	put64(entry, left);
	put64(entry + 8, right);
	return EVP_DigestUpdate(parcel->wanted, entry, sizeof(entry)) ||
	       fail_memory(err);
}

static bool end_disk(struct parcel *parcel, const uint8_t *head,
		     uint64_t *ret_number, struct error *err)
{
	if (!is_zero(head + BLOCK_BYTES, BLOCK_HEAD - BLOCK_BYTES))
		return refuse(err, "the object has something behind the end "
				   "of a disk");
	parcel->within = false;
	*ret_number = PARCEL_NO_BLOCK;
	return want(parcel, parcel->size, parcel->disk_blocks, err);
}

/* Whether there may be a block of that number, with so many bytes of data. */
static bool check_head(struct parcel *parcel, uint64_t number, uint32_t bytes,
		       struct error *err)
{
	uint64_t count = (parcel->size + PARCEL_BLOCK - 1) / PARCEL_BLOCK;

	if (number >= count)
		return refuse(err,
			      "the object has a block %" PRIu64
			      " for a disk of %" PRIu64,
			      number, count);
	if (number < parcel->next)
		return refuse(err, "the object's blocks are out of order");
	if (!bytes || bytes > PARCEL_BLOCK)
		return refuse(err,
			      "the object has %" PRIu32 " bytes for block "
			      "%" PRIu64,
			      bytes, number);
	if (parcel->blocks == parcel->blocks_most)
		return refuse(err, "the object has more blocks than it says");
	return true;
}

/* Whether the block is what its head says, and reaches not beyond the disk. */
static bool check_block(const struct parcel *parcel, const uint8_t *head,
			const uint8_t *data, struct error *err)
{
	uint64_t number = get64(head + BLOCK_NUMBER);
	uint64_t rest = parcel->size - number * PARCEL_BLOCK;
	uint8_t digest[SHA256_SIZE];

	sha256(data, PARCEL_BLOCK, digest);
	if (memcmp(digest, head + BLOCK_DIGEST, SHA256_SIZE) != 0)
		return refuse(err,
			      "block %" PRIu64
			      " of the object's disk %u was altered",
			      number, parcel->disk);
	if (rest < PARCEL_BLOCK && !is_zero(data + rest, PARCEL_BLOCK - rest))
		return refuse(err, "the object has data behind a disk's end");
	return true;
}

bool parcel_block(struct parcel *parcel, uint8_t *ret_data,
		  uint64_t *ret_number, struct error *err)
{
	uint64_t begin = parcel->at, number;
	uint8_t head[BLOCK_HEAD];
	uint32_t bytes;

	if (!parcel->within)
		return fail(err, FAULT_INTERNAL, "no disk was begun");
	if (!get(parcel, head, sizeof(head), parcel->index, err))
		return false;
	number = get64(head + BLOCK_NUMBER);
	bytes = get32(head + BLOCK_BYTES);
	if (number == PARCEL_NO_BLOCK)
		return end_disk(parcel, head, ret_number, err);
	if (!check_head(parcel, number, bytes, err) ||
	    !get(parcel, bytes == PARCEL_BLOCK ? ret_data : parcel->packed,
		 bytes, parcel->index, err))
		return false;
	if (bytes < PARCEL_BLOCK &&
	    !packer_unpack(parcel->packer, parcel->packed, bytes, ret_data))
		return refuse(err,
			      "block %" PRIu64
			      " of the object's disk %u cannot be unpacked",
			      number, parcel->disk);
	if (!check_block(parcel, head, ret_data, err))
		return false;
	parcel->next = number + 1;
	parcel->blocks++;
	parcel->disk_blocks++;
	*ret_number = number;
	return want(parcel, number, begin, err);
}

/* The index, by its digest. */
static bool check_index(struct parcel *parcel, struct error *err)
{
	uint8_t is[SHA256_SIZE], wanted[SHA256_SIZE];
	EVP_MD_CTX *running = running_new();
	bool ok = running != NULL;

	while (ok && parcel->at < parcel->total - END_SIZE) {
		uint64_t rest = parcel->total - END_SIZE - parcel->at;
		size_t size = rest < PARCEL_BLOCK ? rest : PARCEL_BLOCK;

		if (!get(parcel, parcel->packed, size, parcel->total, err)) {
			EVP_MD_CTX_free(running);
			return false;
		}
		ok = EVP_DigestUpdate(running, parcel->packed, size);
	}
	ok = ok && running_end(running, is) &&
	     running_end(parcel->wanted, wanted);
	EVP_MD_CTX_free(running);
	if (!ok)
		return fail_memory(err);
	return memcmp(is, wanted, sizeof(is)) == 0 ||
	       refuse(err, "the object's index is not that of its blocks");
}

bool parcel_end(struct parcel *parcel, struct error *err)
{
	uint8_t end[END_SIZE], digest[SHA256_SIZE];

	if (parcel->within || parcel->disk != parcel->disks)
		return fail(err, FAULT_INTERNAL, "not all disks were read");
	if (parcel->at != parcel->index ||
	    parcel->blocks != parcel->blocks_most)
		return refuse(err, "the object's disks do not end where its "
				   "index begins");
	if (!check_index(parcel, err) ||
	    !get(parcel, end, END_DIGEST, parcel->total, err))
		return false;
	if (!running_end(parcel->running, digest))
		return fail_memory(err);
	if (pread(parcel->fd, end + END_DIGEST, SHA256_SIZE,
		  (off_t)parcel->at) != SHA256_SIZE ||
	    memcmp(end, END_MAGIC, MAGIC_SIZE) != 0 ||
	    get64(end + END_INDEX) != parcel->index ||
	    get64(end + END_TOTAL) != parcel->total ||
	    get64(end + END_BLOCKS) != parcel->blocks ||
	    memcmp(digest, end + END_DIGEST, SHA256_SIZE) != 0)
		return refuse(err, "the object was altered");
	return true;
}
