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
	struct form form;
	uint8_t salt[SALT_SIZE];
	struct sealer *sealer; /* NULL: it is not sealed, or its key unknown */
	char *metadata;
	EVP_MD_CTX *running; /* over all that was read */
	EVP_MD_CTX *wanted;  /* over the index as it should be */
	struct packer *packer;
	struct unfold *unfold; /* of a dense one, else NULL */
	uint8_t *stored;       /* a block's data as they lie there … */
	uint8_t *packed;       /* … unsealed … */
	uint8_t *block; /* … and unpacked, with parts for somebody yet */
	uint64_t number;
	unsigned parts;
};

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
	    !header_check(header, &parcel->form, err))
		return false;
	parcel->disks = get32(header + HEADER_DISKS);
	if (parcel->total - END_SIZE - parcel->index !=
	    (parcel->blocks_most + parcel->disks) * ENTRY_SIZE)
		return refuse(err, "the object's index is too short or too "
				   "long for its blocks");
	if (!get(parcel, parcel->salt, parcel->form.salt, parcel->index, err))
		return false;
	size = get32(header + HEADER_METADATA);
	parcel->metadata = calloc(1, size + 1);
	if (!parcel->metadata)
		return fail_memory(err);
	return get(parcel, parcel->metadata, size, parcel->index, err) &&
	       metadata_check(header, parcel->metadata, err);
}

static bool find_data(void *data, uint64_t number, const uint8_t **ret_data,
		      size_t *ret_size, struct error *err);

/* What it takes to make blocks of the data. */
static bool make_room(struct parcel *parcel, struct error *err)
{
	const struct unfold_find find = { find_data, parcel };

	parcel->stored = malloc(parcel->form.data_most);
	parcel->packed = malloc(parcel->form.data_most);
	parcel->block = malloc(parcel->form.block);
	if (!parcel->stored || !parcel->packed || !parcel->block)
		return fail_memory(err);
	return parcel->form.dense ? unfold_open(&find, &parcel->unfold, err) :
				    packer_open(true, &parcel->packer, err);
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
	    !make_room(parcel, err))
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
	unfold_free(parcel->unfold);
	free(parcel->metadata);
	if (parcel->sealer) {
		sealer_free(parcel->sealer);
		secret_forget(parcel->packed, parcel->form.data_most);
		secret_forget(parcel->block, parcel->form.block);
	}
	free(parcel->stored);
	free(parcel->packed);
	free(parcel->block);
	free(parcel);
}

bool parcel_sealed(const struct parcel *parcel)
{
	return parcel->form.sealed;
}

bool parcel_unseal(struct parcel *parcel, const struct secret *key,
		   struct error *err)
{
	if (!parcel->form.sealed || parcel->sealer)
		return fail(err, FAULT_INTERNAL, "the object is not sealed");
	return sealer_open(key, parcel->salt, &parcel->sealer, err);
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
	return parcel->blocks_most * parcel->form.block;
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
	if (parcel->unfold)
		unfold_begin(parcel->unfold);
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
		     struct error *err)
{
	if (!is_zero(head + BLOCK_BYTES, BLOCK_HEAD - BLOCK_BYTES))
		return refuse(err, "the object has something behind the end "
				   "of a disk");
	parcel->within = false;
	return want(parcel, parcel->size, parcel->disk_blocks, err);
}

/* Whether there may be a block of that number, with so many bytes of data. */
static bool check_head(struct parcel *parcel, uint64_t field, uint32_t bytes,
		       struct error *err)
{
	const struct form *form = &parcel->form;
	uint64_t number = form_number(form, field);

	if (!form_fits(form, field, parcel->size))
		return refuse(err,
			      "the object has a block %" PRIu64
			      " for a disk of %" PRIu64,
			      number,
			      (parcel->size + form->block - 1) / form->block);
	if (number < parcel->next)
		return refuse(err, "the object's blocks are out of order");
	if (bytes <= form->data_most - form->block || bytes > form->data_most)
		return refuse(err,
			      "the object has %" PRIu32 " bytes for block "
			      "%" PRIu64,
			      bytes, number);
	if (parcel->blocks == parcel->blocks_most)
		return refuse(err, "the object has more blocks than it says");
	return true;
}

static bool altered(const struct parcel *parcel, uint64_t field,
		    struct error *err)
{
	return refuse(err,
		      "block %" PRIu64 " of the object's disk %u was altered",
		      form_number(&parcel->form, field), parcel->disk);
}

/* Takes the seal off what was read. */
static bool unseal(struct parcel *parcel, uint64_t field, uint32_t bytes,
		   struct error *err)
{
	return sealer_unseal(parcel->sealer, parcel->disk - 1, field,
			     parcel->stored, bytes, parcel->packed) ||
	       refuse(err,
		      "block %" PRIu64 " of the object's disk %u does not "
		      "open: it was altered, or sealed with another key",
		      form_number(&parcel->form, field), parcel->disk);
}

/* Reads somewhere else than where reading goes on. */
static bool look(const struct parcel *parcel, void *ret_data, size_t size,
		 uint64_t at, struct error *err)
{
	ssize_t got = pread(parcel->fd, ret_data, size, (off_t)at);

	if (got < 0)
		return fail_errno(err, "cannot read the object");
	return (size_t)got == size || refuse(err, "the object was cut short");
}

/* The entry of a block that the disk has had so far; what the index says is not
 * proven yet. */
static bool find_entry(const struct parcel *parcel, uint64_t number,
		       uint8_t ret_entry[ENTRY_SIZE], struct error *err)
{
	uint64_t before = parcel->blocks - parcel->disk_blocks;
	uint64_t index =
		parcel->index + (before + parcel->disk - 1) * ENTRY_SIZE;
	uint64_t low = 0, high = parcel->disk_blocks;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, is;

		if (!look(parcel, ret_entry, ENTRY_SIZE,
			  index + middle * ENTRY_SIZE, err))
			return false;
		is = form_number(&parcel->form, get64(ret_entry));
		if (is == number)
			return true;
		if (is < number)
			low = middle + 1;
		else
			high = middle;
	}
	return altered(parcel, number, err);
}

/* The data of a block before the one that is being read, without their seal. */
static bool find_data(void *data, uint64_t number, const uint8_t **ret_data,
		      size_t *ret_size, struct error *err)
{
	struct parcel *parcel = data;
	const struct form *form = &parcel->form;
	uint8_t entry[ENTRY_SIZE], head[BLOCK_HEAD];
	uint64_t at, field;
	uint32_t bytes;

	if (!find_entry(parcel, number, entry, err))
		return false;
	field = get64(entry);
	at = get64(entry + 8);
	if (at > parcel->at || parcel->at - at < sizeof(head))
		return altered(parcel, number, err);
	if (!look(parcel, head, sizeof(head), at, err))
		return false;
	at += sizeof(head);
	bytes = get32(head + BLOCK_BYTES);
	if (get64(head + BLOCK_NUMBER) != field ||
	    bytes <= form->data_most - form->block || bytes > form->data_most ||
	    bytes > parcel->at - at)
		return altered(parcel, number, err);
	if (!look(parcel, parcel->stored, bytes, at, err) ||
	    (form->sealed && !unseal(parcel, field, bytes, err)))
		return false;
	*ret_data = form->sealed ? parcel->packed : parcel->stored;
	*ret_size = bytes - (form->data_most - form->block);
	return true;
}

/* Makes a block of its data. */
static bool unpack_data(struct parcel *parcel, uint64_t field,
			const uint8_t *data, size_t size, struct error *err)
{
	uint64_t number = form_number(&parcel->form, field);

	if (parcel->unfold)
		return unfold_block(parcel->unfold, number, data, size,
				    parcel->block, err);
	if (size == PARCEL_BLOCK)
		memcpy(parcel->block, data, PARCEL_BLOCK);
	return size == PARCEL_BLOCK ||
	       packer_unpack(parcel->packer, data, size, parcel->block,
			     PARCEL_BLOCK) ||
	       refuse(err,
		      "block %" PRIu64
		      " of the object's disk %u cannot be unpacked",
		      number, parcel->disk);
}

/* Makes a block of the data that were read, and checks it. */
static bool unpack(struct parcel *parcel, const uint8_t *head,
		   struct error *err)
{
	const struct form *form = &parcel->form;
	uint64_t field = get64(head + BLOCK_NUMBER);
	uint64_t rest = parcel->size - form_number(form, field) * form->block;
	uint32_t bytes = get32(head + BLOCK_BYTES);
	uint8_t digest[SHA256_SIZE];

	if (form->sealed && !unseal(parcel, field, bytes, err))
		return false;
	if (!unpack_data(parcel, field,
			 form->sealed ? parcel->packed : parcel->stored,
			 bytes - (form->data_most - form->block), err))
		return false;
	if ((form->dense || !form->sealed) &&
	    !form_digest(form, field, parcel->block, digest))
		return altered(parcel, field, err);
	if (!form->sealed &&
	    memcmp(digest, head + BLOCK_DIGEST, SHA256_SIZE) != 0)
		return altered(parcel, field, err);
	if (rest < form->block &&
	    !is_zero(parcel->block + rest, form->block - rest))
		return refuse(err, "the object has data behind a disk's end");
	return true;
}

/* The data of a block, which are checked, and unpacked unless nobody could. */
static bool read_data(struct parcel *parcel, const uint8_t *head,
		      struct error *err)
{
	uint32_t bytes = get32(head + BLOCK_BYTES);
	uint8_t digest[SHA256_SIZE];

	if (!get(parcel, parcel->stored, bytes, parcel->index, err))
		return false;
	if (parcel->form.sealed) {
		sha256(parcel->stored, bytes, digest);
		if (memcmp(digest, head + BLOCK_DIGEST, SHA256_SIZE) != 0)
			return altered(parcel, get64(head + BLOCK_NUMBER), err);
	}
	return (parcel->form.sealed && !parcel->sealer) ||
	       unpack(parcel, head, err);
}

/* Reads the next block; *ret_found is false at the disk's end. */
static bool next_block(struct parcel *parcel, bool *ret_found,
		       struct error *err)
{
	uint64_t begin = parcel->at, field;
	uint8_t head[BLOCK_HEAD];

	if (!get(parcel, head, sizeof(head), parcel->index, err))
		return false;
	field = get64(head + BLOCK_NUMBER);
	*ret_found = field != PARCEL_NO_BLOCK;
	if (!*ret_found)
		return end_disk(parcel, head, err);
	if (!check_head(parcel, field, get32(head + BLOCK_BYTES), err) ||
	    !read_data(parcel, head, err))
		return false;
	parcel->number = form_number(&parcel->form, field);
	parcel->parts = form_parts(&parcel->form, field);
	parcel->next = parcel->number + 1;
	parcel->blocks++;
	parcel->disk_blocks++;
	return want(parcel, field, begin, err);
}

bool parcel_block(struct parcel *parcel, uint8_t *ret_data,
		  uint64_t *ret_number, struct error *err)
{
	unsigned part = 0;
	bool found = true;

	if (!parcel->within)
		return fail(err, FAULT_INTERNAL, "no disk was begun");
	if (!parcel->parts && !next_block(parcel, &found, err))
		return false;
	if (!found) {
		*ret_number = PARCEL_NO_BLOCK;
		return true;
	}
	if (ret_data && parcel->form.sealed && !parcel->sealer)
		return refuse(err, "the object is sealed: it takes a key");
	while (!(parcel->parts >> part & 1))
		part++;
	parcel->parts &= ~(1U << part);
	*ret_number = parcel->number * parcel->form.parts + part;
	if (ret_data)
		memcpy(ret_data, parcel->block + part * (size_t)PARCEL_BLOCK,
		       PARCEL_BLOCK);
	return true;
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

bool parcel_digest(int fd, uint8_t ret_digest[SHA256_SIZE], struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at the object");
	if (st.st_size < PARCEL_HEADER + END_SIZE ||
	    pread(fd, ret_digest, SHA256_SIZE, st.st_size - SHA256_SIZE) !=
		    SHA256_SIZE)
		return refuse(err, "the object was cut short");
	return true;
}

bool parcel_intact(int fd, struct error *err)
{
	auto_of(parcel) parcel = calloc(1, sizeof(*parcel));
	uint8_t is[SHA256_SIZE], wanted[SHA256_SIZE];

	if (!parcel)
		return fail_memory(err);
	parcel->fd = fd;
	parcel->running = running_new();
	parcel->stored = malloc(PARCEL_BLOCK);
	if (!parcel->running || !parcel->stored)
		return fail_memory(err);
	if (!read_frame(parcel, err) || !parcel_digest(fd, wanted, err))
		return false;
	while (parcel->at < parcel->total - SHA256_SIZE) {
		uint64_t rest = parcel->total - SHA256_SIZE - parcel->at;

		if (!get(parcel, parcel->stored,
			 rest < PARCEL_BLOCK ? rest : PARCEL_BLOCK,
			 parcel->total, err))
			return false;
	}
	if (!running_end(parcel->running, is))
		return fail_memory(err);
	return memcmp(is, wanted, sizeof(is)) == 0 ||
	       refuse(err, "the object was altered");
}
