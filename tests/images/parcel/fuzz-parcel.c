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
 * themselves can be refused. It says as well whether the parcel is sealed (to
 * which the fuzzer has not what makes a block open), whether it is dense,
 * whether there is a key, and whether blocks are only checked. Its first disk
 * is read a block at a time, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "images/base/buf.h"
#include "images/parcel/parcel-private.h"
#include "images/parcel/pick.h"

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

/* What is made to fit. */
struct sealing {
	struct form form;
	struct buf *all, *index;
	size_t disk; /* where the entries of the disk begin */
	struct packer *packer;
	struct unfold *unfold;
};

/* The data of a block of the disk before this one. */
static bool find_data(void *data, uint64_t number, const uint8_t **ret_data,
		      size_t *ret_size, struct error *err)
{
	const struct sealing *sealing = data;
	const uint8_t *entries = (const uint8_t *)sealing->index->data;

	for (size_t i = sealing->disk; i < sealing->index->size;
	     i += ENTRY_SIZE) {
		const uint8_t *head = (const uint8_t *)sealing->all->data +
				      get64(entries + i + 8);

		if (form_number(&sealing->form, get64(head)) != number)
			continue;
		*ret_data = head + BLOCK_HEAD;
		*ret_size = get32(head + BLOCK_BYTES);
		return true;
	}
	return fail(err, FAULT_INVALID_PARAMETER, "there is none");
}

/* Writes the digest of what a block unpacks to into its head, if it does; of a
 * sealed parcel's that of its data. */
static void seal_block(struct sealing *sealing, uint8_t *head, size_t bytes)
{
	static uint8_t block[DENSE_BLOCK];
	const struct form *form = &sealing->form;
	const uint8_t *is = head + BLOCK_HEAD;
	struct error err = { 0 };

	if (form->sealed) {
		sha256(is, bytes, head + BLOCK_DIGEST);
		return;
	}
	if (bytes > form->block)
		return;
	if (form->dense) {
		if (!unfold_block(sealing->unfold,
				  form_number(form, get64(head)), is, bytes,
				  block, &err))
			return;
		is = block;
	} else if (bytes < form->block) {
		if (!packer_unpack(sealing->packer, is, bytes, block,
				   form->block))
			return;
		is = block;
	}
	if (!form_digest(form, get64(head), is, head + BLOCK_DIGEST))
		memset(head + BLOCK_DIGEST, 0, SHA256_SIZE);
}

/* Walks the disks as a reader does that believes them. */
static uint64_t seal_disks(struct buf *all, size_t at, unsigned disks,
			   const struct form *form, struct buf *index)
{
	struct sealing sealing = { .form = *form, .all = all, .index = index };
	const struct unfold_find find = { find_data, &sealing };
	struct error err = { 0 };
	uint64_t blocks = 0;

	must(packer_open(true, &sealing.packer, &err) &&
	     unfold_open(&find, &sealing.unfold, &err));
	for (unsigned i = 0; i < disks && at + DISK_HEAD <= all->size; i++) {
		uint64_t of_disk = 0;
		size_t disk = at;

		sealing.disk = index->size;
		unfold_begin(sealing.unfold);
		for (at += DISK_HEAD; at + BLOCK_HEAD <= all->size;) {
			uint8_t *head = (uint8_t *)all->data + at;
			uint32_t bytes = get32(head + BLOCK_BYTES);

			if (get64(head) == PARCEL_NO_BLOCK ||
			    bytes > all->size - at - BLOCK_HEAD)
				break;
			seal_block(&sealing, head, bytes);
			entry_add(index, get64(head), at);
			blocks++;
			of_disk++;
			at += BLOCK_HEAD + bytes;
		}
		at += BLOCK_HEAD;
		entry_add(index, get64((uint8_t *)all->data + disk), of_disk);
	}
	packer_free(sealing.packer);
	unfold_free(sealing.unfold);
	return blocks;
}

static void seal(struct buf *all, const uint8_t *data, size_t size,
		 unsigned disks, bool sealed, bool dense)
{
	struct form form = form_make(dense, sealed);
	uint8_t header[PARCEL_HEADER] = { 0 }, end[END_SIZE];
	const uint8_t salt[SALT_SIZE] = { 0 };
	auto_buf index = BUF_INIT;
	uint64_t blocks;
	size_t at;

	memcpy(header, HEADER_MAGIC, MAGIC_SIZE);
	put32(header + HEADER_VERSION,
	      (dense ? VERSION_DENSE : VERSION) + (sealed ? 1 : 0));
	put32(header + HEADER_BLOCK, (uint32_t)form.block);
	put32(header + HEADER_DISKS, disks);
	put32(header + HEADER_METADATA, strlen(METADATA));
	sha256(METADATA, strlen(METADATA), header + HEADER_DIGEST);
	buf_add(all, header, sizeof(header));
	buf_add(all, salt, sealed ? sizeof(salt) : 0);
	buf_str(all, METADATA);
	at = all->size;
	buf_add(all, data, size);
	blocks = seal_disks(all, at, disks, &form, &index);
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
static bool read_all(struct parcel *parcel, bool unpack, struct error *err)
{
	static uint8_t block[PARCEL_BLOCK];

	for (unsigned i = 0; i < parcel_disks(parcel); i++) {
		uint64_t size, number, next = 0;

		if (!parcel_disk(parcel, &size, err))
			return false;
		must(size && size % 512 == 0 && size <= PARCEL_DISK_MOST);
		for (;; next = number + 1) {
			if (!parcel_block(parcel, unpack ? block : NULL,
					  &number, err))
				return false;
			if (number == PARCEL_NO_BLOCK)
				break;
			must(number >= next && number * PARCEL_BLOCK < size);
		}
	}
	return parcel_end(parcel, err);
}

static bool read_object(void *data, void *ret_bytes, size_t size,
			uint64_t offset, struct error *err)
{
	const struct buf *all = data;

	(void)err;
	must(offset <= all->size && size <= all->size - offset);
	memcpy(ret_bytes, all->data + offset, size);
	return true;
}

/* Asks for the first blocks that the first disk has, and those behind them. */
static void pick_some(struct buf *all, const struct secret *key)
{
	static uint8_t block[PARCEL_BLOCK];
	const struct pick_reader reader = { read_object, all, all->size };
	auto_of(pick) pick = NULL;
	struct error err = { 0 };
	uint64_t at;

	if (!pick_open(&reader, 0, key, &pick, &err)) {
		must(err.fault == FAULT_INVALID_PARAMETER && *err.text);
		return;
	}
	at = pick_next(pick, 0);
	for (unsigned i = 0; i < 8 && at != PARCEL_NO_BLOCK; i++) {
		must(at * PARCEL_BLOCK < pick_size(pick) && pick_has(pick, at));
		for (uint64_t j = 0; j < 2; j++) {
			if (pick_block(pick, at + j, block, &err))
				continue;
			must(err.fault == FAULT_INVALID_PARAMETER && *err.text);
			error_clear(&err);
		}
		at = pick_next(pick, at + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("object", MFD_CLOEXEC);
	auto_of(parcel) parcel = NULL;
	auto_buf all = BUF_INIT;
	const struct secret key = { { 0 } };
	struct error err = { 0 };

	if (size < 1 || fd < 0)
		return 0;
	if (data[0] & 1)
		seal(&all, data + 1, size - 1, 1 + (data[0] >> 1) % 3,
		     data[0] & 0x80, data[0] & 0x10);
	else
		buf_add(&all, data + 1, size - 1);
	if (all.size > MOST ||
	    write(fd, all.data, all.size) != (ssize_t)all.size)
		return 0;
	if (!parcel_open(fd, &parcel, &err) ||
	    (parcel_sealed(parcel) && data[0] & 0x40 &&
	     !parcel_unseal(parcel, &key, &err)) ||
	    !read_all(parcel, !(data[0] & 0x20), &err))
		must(err.fault == FAULT_INVALID_PARAMETER && *err.text);
	pick_some(&all, data[0] & 0x80 ? &key : NULL);
	return 0;
}
