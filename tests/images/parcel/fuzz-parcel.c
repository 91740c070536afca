/* fuzz-parcel.c - libFuzzer upon the reader of stored images
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/parcel/fuzz-parcel.c \
 *     images/base/?*.c images/parcel/?*.c -lcrypto -ldl -pthread \
 *     -o fuzz-parcel
 *   ./fuzz-parcel -max_len=4096 -timeout=5 -rss_limit_mb=256 CORPUS
 *
 * The first byte says whether the input is the whole object, or what lies
 * between header and index: then header, the blocks' digests, index and end are
 * made to fit as far as that goes, so that only what is wrong with the disks
 * themselves can be refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/parcel/parcel-private.h"

#define METADATA "{}"
#define MOST (8U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right)
{
	if (!right)
		abort();
}

static void entry_add(struct buf *index, uint64_t left, uint64_t right)
{
	uint8_t entry[ENTRY_SIZE];

	put64(entry, left);
	put64(entry + 8, right);
	buf_add(index, entry, sizeof(entry));
}

/* Writes the digest of what a block unpacks to into its head. */
static void seal_block(struct packer *packer, uint8_t *head, size_t bytes)
{
	static uint8_t block[PARCEL_BLOCK];
	const uint8_t *is = head + BLOCK_HEAD;

	if (bytes < PARCEL_BLOCK &&
	    packer_unpack(packer, head + BLOCK_HEAD, bytes, block))
		is = block;
	else if (bytes < PARCEL_BLOCK)
		return;
	sha256(is, PARCEL_BLOCK, head + BLOCK_DIGEST);
}

/* Walks the disks as a reader does that believes them. */
static uint64_t seal_disks(struct buf *all, size_t at, unsigned disks,
			   struct buf *index)
{
	struct packer *packer = NULL;
	struct error err = { 0 };
	uint64_t blocks = 0;

	must(packer_open(true, &packer, &err));
	for (unsigned i = 0; i < disks && at + DISK_HEAD <= all->size; i++) {
		uint64_t of_disk = 0;
		size_t disk = at;

		for (at += DISK_HEAD; at + BLOCK_HEAD <= all->size;) {
			uint8_t *head = (uint8_t *)all->data + at;
			uint32_t bytes = get32(head + BLOCK_BYTES);

			if (get64(head) == PARCEL_NO_BLOCK ||
			    bytes > all->size - at - BLOCK_HEAD)
				break;
			seal_block(packer, head, bytes);
			entry_add(index, get64(head), at);
			blocks++;
			of_disk++;
			at += BLOCK_HEAD + bytes;
		}
		at += BLOCK_HEAD;
		entry_add(index, get64((uint8_t *)all->data + disk), of_disk);
	}
	packer_free(packer);
	return blocks;
}

static void seal(struct buf *all, const uint8_t *data, size_t size,
		 unsigned disks)
{
	uint8_t header[PARCEL_HEADER] = { 0 }, end[END_SIZE];
	auto_buf index = BUF_INIT;
	uint64_t blocks;

	memcpy(header, HEADER_MAGIC, MAGIC_SIZE);
	put32(header + HEADER_VERSION, VERSION);
	put32(header + HEADER_BLOCK, PARCEL_BLOCK);
	put32(header + HEADER_DISKS, disks);
	put32(header + HEADER_METADATA, strlen(METADATA));
	sha256(METADATA, strlen(METADATA), header + HEADER_DIGEST);
	buf_add(all, header, sizeof(header));
	buf_str(all, METADATA);
	buf_add(all, data, size);
	blocks = seal_disks(all, PARCEL_HEADER + strlen(METADATA), disks,
			    &index);
	memcpy(end, END_MAGIC, MAGIC_SIZE);
	put64(end + END_INDEX, all->size);
	buf_add(all, index.data, index.size);
	put64(end + END_TOTAL, all->size + END_SIZE);
	put64(end + END_BLOCKS, blocks);
	buf_add(all, end, END_DIGEST);
	sha256(all->data, all->size, end);
	buf_add(all, end, SHA256_SIZE);
	must(!all->broken && !index.broken);
}

/* Reads everything; whatever is accepted is within its bounds. */
static bool read_all(struct parcel *parcel, struct error *err)
{
	static uint8_t block[PARCEL_BLOCK];

	for (unsigned i = 0; i < parcel_disks(parcel); i++) {
		uint64_t size, number, next = 0;

		if (!parcel_disk(parcel, &size, err))
			return false;
		must(size && size % 512 == 0 && size <= PARCEL_DISK_MOST);
		for (;; next = number + 1) {
			if (!parcel_block(parcel, block, &number, err))
				return false;
			if (number == PARCEL_NO_BLOCK)
				break;
			must(number >= next && number * PARCEL_BLOCK < size);
		}
	}
	return parcel_end(parcel, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("object", MFD_CLOEXEC);
	auto_of(parcel) parcel = NULL;
	auto_buf all = BUF_INIT;
	struct error err = { 0 };

	if (size < 1 || fd < 0)
		return 0;
	if (data[0] & 1)
		seal(&all, data + 1, size - 1, 1 + (data[0] >> 1) % 3);
	else
		buf_add(&all, data + 1, size - 1);
	if (all.size > MOST ||
	    write(fd, all.data, all.size) != (ssize_t)all.size)
		return 0;
	if (!parcel_open(fd, &parcel, &err) || !read_all(parcel, &err))
		must(err.fault == FAULT_INVALID_PARAMETER && *err.text);
	return 0;
}
