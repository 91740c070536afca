/* parcel.c - what was put into a parcel comes out, and nothing else does
 *
 * Every byte of one is altered, and it is cut at every length; others are made
 * by hand whose digests are all right and whose contents are not.
 */
#include "tests/images/chain/testing.h"

#include <sys/mman.h>

#include "images/base/id.h"
#include "images/parcel/parcel-private.h"

#define BLOCK PARCEL_BLOCK
#define METADATA "{\"name\":\"web\"}"

static struct error err;
static const struct parcel_watch unwatched;

/* Packs raw files, which are closed, into a fresh one. */
static int packed(const int *disks, unsigned count)
{
	auto_of(parcel_writer) writer = NULL;
	int fd = memfd_create("parcel", MFD_CLOEXEC);

	check(fd >= 0);
	good(parcel_create(fd, METADATA, strlen(METADATA), count, NULL, &writer,
			   &err));
	for (unsigned i = 0; i < count; i++) {
		auto_of(source) source = NULL;

		good(source_open_file(disks[i], "disk", &source, &err));
		good(parcel_add(writer, source, &unwatched, &err));
	}
	good(parcel_finish(writer, &err));
	return fd;
}

/* Reads all of a parcel; its disks are written to `to`, unless NULL. */
static bool unpacked(int fd, const int *to)
{
	static uint8_t block[BLOCK];
	auto_of(parcel) parcel = NULL;

	if (!parcel_open(fd, &parcel, &err))
		return false;
	check(strcmp(parcel_metadata(parcel), METADATA) == 0);
	for (unsigned i = 0; i < parcel_disks(parcel); i++) {
		uint64_t size, number;

		if (!parcel_disk(parcel, &size, &err))
			return false;
		check(size && size % 512 == 0 && size <= PARCEL_DISK_MOST);
		do {
			uint64_t at, rest;

			if (!parcel_block(parcel, block, &number, &err))
				return false;
			if (number == PARCEL_NO_BLOCK)
				break;
			at = number * BLOCK;
			check(at < size);
			rest = size - at < BLOCK ? size - at : BLOCK;
			if (to)
				check(pwrite(to[i], block, rest, (off_t)at) ==
				      (ssize_t)rest);
		} while (true);
		if (to)
			check(ftruncate(to[i], (off_t)size) == 0);
	}
	return parcel_end(parcel, &err);
}

static int raw(uint64_t size)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);

	check(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	return fd;
}

static void fill(int fd, uint64_t at, size_t size, int byte)
{
	auto_free uint8_t *data = malloc(size);

	check(data);
	if (byte >= 0)
		memset(data, byte, size);
	else
		random_bytes(data, size);
	check(pwrite(fd, data, size, (off_t)at) == (ssize_t)size);
}

static bool equal(int one, int other)
{
	struct stat left, right;
	void *a, *b;
	bool same;

	check(fstat(one, &left) == 0 && fstat(other, &right) == 0);
	if (left.st_size != right.st_size)
		return false;
	a = mmap(NULL, (size_t)left.st_size, PROT_READ, MAP_SHARED, one, 0);
	b = mmap(NULL, (size_t)left.st_size, PROT_READ, MAP_SHARED, other, 0);
	check(a != MAP_FAILED && b != MAP_FAILED);
	same = memcmp(a, b, (size_t)left.st_size) == 0;
	munmap(a, (size_t)left.st_size);
	munmap(b, (size_t)left.st_size);
	return same;
}

static uint64_t length(int fd)
{
	struct stat st;

	check(fstat(fd, &st) == 0);
	return (uint64_t)st.st_size;
}

/* Two disks: holes, zeros that were written, what packs and what does not, and
 * an end within a block. */
static void round_trip(void)
{
	int disks[] = { raw(9 * BLOCK + 512), raw(512) };
	int got[] = { raw(0), raw(0) };
	auto_close int fd = -1;
	auto_free char *metadata = NULL;
	uint8_t start[PARCEL_HEADER + 64];
	unsigned count;

	fill(disks[0], 512, 4096, 7);
	fill(disks[0], 2 * BLOCK, BLOCK, 0);
	fill(disks[0], 4 * BLOCK, 2 * BLOCK, -1);
	fill(disks[0], 9 * BLOCK, 512, 9);
	fill(disks[1], 0, 512, -1);
	fd = packed(disks, 2);
	check(length(fd) > 2 * BLOCK && length(fd) < 2 * BLOCK + 2048);
	good(unpacked(fd, got));
	check(equal(disks[0], got[0]) && equal(disks[1], got[1]));

	check(pread(fd, start, sizeof(start), 0) == sizeof(start));
	good(parcel_peek(start, sizeof(start), &metadata, &count, &err));
	check(strcmp(metadata, METADATA) == 0 && count == 2);
	bad(INVALID_PARAMETER, "cut short",
	    parcel_peek(start, PARCEL_HEADER + 3, &metadata, &count, &err));
	start[PARCEL_HEADER] ^= 1;
	bad(INVALID_PARAMETER, "altered",
	    parcel_peek(start, sizeof(start), &metadata, &count, &err));
	for (int i = 0; i < 2; i++) {
		close(disks[i]);
		close(got[i]);
	}
}

/* No byte can be another one, none can be missing, none can be added. */
static void every_byte(void)
{
	const int disks[] = { raw(2 * BLOCK) };
	auto_close int fd = -1;
	uint64_t size;
	uint8_t byte;

	fill(disks[0], 0, 100, 3);
	fill(disks[0], BLOCK, 100, 4);
	fd = packed(disks, 1);
	size = length(fd);
	check(size < 1024);
	for (uint64_t i = 0; i < size; i++) {
		check(pread(fd, &byte, 1, (off_t)i) == 1);
		byte ^= 1 << i % 8;
		check(pwrite(fd, &byte, 1, (off_t)i) == 1);
		bad(INVALID_PARAMETER, "", unpacked(fd, NULL));
		byte ^= 1 << i % 8;
		check(pwrite(fd, &byte, 1, (off_t)i) == 1);
	}
	good(unpacked(fd, NULL));
	check(pwrite(fd, "", 1, (off_t)size) == 1);
	bad(INVALID_PARAMETER, "behind its end", unpacked(fd, NULL));
	while (size-- > 0) {
		check(ftruncate(fd, (off_t)size) == 0);
		bad(INVALID_PARAMETER, "", unpacked(fd, NULL));
	}
	close(disks[0]);
}

/* What somebody makes who knows the format. */
struct forged {
	struct buf body;
	struct buf index;
	uint64_t blocks;
	uint64_t disk_blocks;
	uint64_t size;
};

static void forge_header(struct forged *forged, unsigned disks)
{
	uint8_t header[PARCEL_HEADER] = { 0 };

	memcpy(header, HEADER_MAGIC, MAGIC_SIZE);
	put32(header + HEADER_VERSION, VERSION);
	put32(header + HEADER_BLOCK, BLOCK);
	put32(header + HEADER_DISKS, disks);
	put32(header + HEADER_METADATA, strlen(METADATA));
	sha256(METADATA, strlen(METADATA), header + HEADER_DIGEST);
	buf_add(&forged->body, header, sizeof(header));
	buf_str(&forged->body, METADATA);
}

static void forge_disk(struct forged *forged, uint64_t size)
{
	uint8_t head[DISK_HEAD];

	put64(head, size);
	buf_add(&forged->body, head, sizeof(head));
	forged->size = size;
	forged->disk_blocks = 0;
}

static void forge_entry(struct forged *forged, uint64_t left, uint64_t right)
{
	uint8_t entry[ENTRY_SIZE];

	put64(entry, left);
	put64(entry + 8, right);
	buf_add(&forged->index, entry, sizeof(entry));
}

/* A block of any bytes, with the digest of a block that is `byte` throughout.
 */
static void forge_block(struct forged *forged, uint64_t number,
			const void *data, size_t size, int byte)
{
	static uint8_t block[BLOCK];
	uint8_t head[BLOCK_HEAD];

	memset(block, byte, BLOCK);
	put64(head + BLOCK_NUMBER, number);
	put32(head + BLOCK_BYTES, (uint32_t)size);
	sha256(block, BLOCK, head + BLOCK_DIGEST);
	forge_entry(forged, number, forged->body.size);
	buf_add(&forged->body, head, sizeof(head));
	buf_add(&forged->body, data ? data : block, data ? size : BLOCK);
	forged->blocks++;
	forged->disk_blocks++;
}

static void forge_disk_end(struct forged *forged)
{
	uint8_t head[BLOCK_HEAD] = { 0 };

	put64(head, PARCEL_NO_BLOCK);
	buf_add(&forged->body, head, sizeof(head));
	forge_entry(forged, forged->size, forged->disk_blocks);
}

/* Index, end and digest, and then it is read. */
static bool forged_read(struct forged *forged)
{
	auto_close int fd = memfd_create("forged", MFD_CLOEXEC);
	uint64_t index = forged->body.size;
	uint8_t end[END_SIZE];

	buf_add(&forged->body, forged->index.data, forged->index.size);
	memcpy(end, END_MAGIC, MAGIC_SIZE);
	put64(end + END_INDEX, index);
	put64(end + END_TOTAL, forged->body.size + END_SIZE);
	put64(end + END_BLOCKS, forged->blocks);
	buf_add(&forged->body, end, END_DIGEST);
	sha256(forged->body.data, forged->body.size, end);
	buf_add(&forged->body, end, SHA256_SIZE);
	check(write(fd, forged->body.data, forged->body.size) ==
	      (ssize_t)forged->body.size);
	buf_done(&forged->body);
	buf_done(&forged->index);
	return unpacked(fd, NULL);
}

/* One disk with one block. */
static struct forged forge(uint64_t size, uint64_t number, const void *data,
			   size_t bytes, int byte)
{
	struct forged forged = { .blocks = 0 };

	forge_header(&forged, 1);
	forge_disk(&forged, size);
	forge_block(&forged, number, data, bytes, byte);
	forge_disk_end(&forged);
	return forged;
}

/* zstd's frame of nine runs of 128 KiB, more than a block has. */
static size_t bomb(uint8_t ret_frame[64])
{
	static const uint8_t head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38 };
	size_t size = sizeof(head);

	memcpy(ret_frame, head, size);
	for (int i = 0; i < 9; i++) {
		uint32_t run = 131072U << 3 | 1U << 1 | (i == 8);

		ret_frame[size++] = (uint8_t)run;
		ret_frame[size++] = (uint8_t)(run >> 8);
		ret_frame[size++] = (uint8_t)(run >> 16);
		ret_frame[size++] = 5;
	}
	return size;
}

static void forgeries(void)
{
	struct forged forged = forge(2 * BLOCK, 1, NULL, BLOCK, 5);
	uint8_t frame[64];
	size_t size = bomb(frame);

	good(forged_read(&forged));
	forged = forge(2 * BLOCK, 2, NULL, BLOCK, 5);
	bad(INVALID_PARAMETER, "a block 2 for a disk of 2",
	    forged_read(&forged));
	forged = forge(2 * BLOCK, PARCEL_NO_BLOCK - 1, NULL, BLOCK, 5);
	bad(INVALID_PARAMETER, "for a disk of 2", forged_read(&forged));
	forged = forge(BLOCK + 512, 1, NULL, BLOCK, 5);
	bad(INVALID_PARAMETER, "behind a disk's end", forged_read(&forged));
	forged = forge(0, 0, NULL, BLOCK, 5);
	bad(INVALID_PARAMETER, "a disk of 0 bytes", forged_read(&forged));
	forged = forge(BLOCK + 1, 0, NULL, BLOCK, 5);
	bad(INVALID_PARAMETER, "a disk of", forged_read(&forged));
	forged = forge(PARCEL_DISK_MOST + 512, 0, NULL, BLOCK, 5);
	bad(INVALID_PARAMETER, "a disk of", forged_read(&forged));
	forged = forge(BLOCK, 0, "", 0, 5);
	bad(INVALID_PARAMETER, "0 bytes for block", forged_read(&forged));
	forged = forge(BLOCK, 0, NULL, BLOCK + 1, 5);
	bad(INVALID_PARAMETER, "bytes for block", forged_read(&forged));
	forged = forge(BLOCK, 0, frame, size, 5);
	bad(INVALID_PARAMETER, "cannot be unpacked", forged_read(&forged));
	forged = forge(BLOCK, 0, "nonsense", 8, 5);
	bad(INVALID_PARAMETER, "cannot be unpacked", forged_read(&forged));

	/* the same block twice, and one before the other */
	for (uint64_t second = 0; second < 2; second++) {
		forged = (struct forged){ .blocks = 0 };
		forge_header(&forged, 1);
		forge_disk(&forged, 4 * BLOCK);
		forge_block(&forged, 1, NULL, BLOCK, 5);
		forge_block(&forged, second, NULL, BLOCK, 6);
		forge_disk_end(&forged);
		bad(INVALID_PARAMETER, "out of order", forged_read(&forged));
	}
	/* more disks than there are, and fewer */
	forged = forge(BLOCK, 0, NULL, BLOCK, 5);
	forged.body.data[HEADER_DISKS + 3] = 2;
	forge_entry(&forged, BLOCK, 0);
	bad(INVALID_PARAMETER, "index begins", forged_read(&forged));
	forged = forge(BLOCK, 0, NULL, BLOCK, 5);
	forge_disk(&forged, BLOCK);
	forge_disk_end(&forged);
	bad(INVALID_PARAMETER, "index", forged_read(&forged));
	forged = forge(BLOCK, 0, NULL, BLOCK, 5);
	forged.body.data[HEADER_DISKS] = 1;
	bad(INVALID_PARAMETER, "disks", forged_read(&forged));
	/* blocks that the end does not count, and an index of its own */
	forged = forge(BLOCK, 0, NULL, BLOCK, 5);
	forged.blocks = 0;
	bad(INVALID_PARAMETER, "index", forged_read(&forged));
	forged = forge(BLOCK, 0, NULL, BLOCK, 5);
	forged.index.data[15] ^= 1;
	bad(INVALID_PARAMETER, "index", forged_read(&forged));
}

/* What cannot be stored is not begun. */
static void refused_writing(void)
{
	auto_of(parcel_writer) writer = NULL;
	auto_close int fd = memfd_create("parcel", MFD_CLOEXEC);
	auto_close int odd = raw(513);
	auto_of(source) source = NULL;
	struct parcel_watch watch = { .cancel = &(bool){ true } };
	const int disks[] = { raw(BLOCK) };
	auto_of(source) whole = NULL;

	bad(UNSUPPORTED, "0 disks",
	    parcel_create(fd, "", 0, 0, NULL, &writer, &err));
	bad(UNSUPPORTED, "65 disks",
	    parcel_create(fd, "", 0, PARCEL_DISKS_MOST + 1, NULL, &writer,
			  &err));
	good(parcel_create(fd, "", 0, 1, NULL, &writer, &err));
	good(source_open_file(odd, "odd", &source, &err));
	bad(UNSUPPORTED, "513 bytes",
	    parcel_add(writer, source, &unwatched, &err));
	good(source_open_file(disks[0], "disk", &whole, &err));
	bad(UNAVAILABLE, "cancelled", parcel_add(writer, whole, &watch, &err));
	bad(INTERNAL, "0 of 1", parcel_finish(writer, &err));
	close(disks[0]);
}

/* Packs one raw file, sealed. */
static int sealed(int disk, const struct secret *key)
{
	const struct parcel_way way = { .key = key,
					.level = 1,
					.proves = true };
	auto_of(parcel_writer) writer = NULL;
	auto_of(source) source = NULL;
	int fd = memfd_create("parcel", MFD_CLOEXEC);

	check(fd >= 0);
	good(parcel_create(fd, METADATA, strlen(METADATA), 1, &way, &writer,
			   &err));
	good(source_open_file(disk, "disk", &source, &err));
	good(parcel_add(writer, source, &unwatched, &err));
	good(parcel_finish(writer, &err));
	return fd;
}

/* Reads all of a sealed parcel with a key (NULL: none), into a file or
 * nowhere (-1). */
static bool unsealed(int fd, const struct secret *key, int to)
{
	static uint8_t block[BLOCK];
	auto_of(parcel) parcel = NULL;
	uint64_t size, number;

	if (!parcel_open(fd, &parcel, &err))
		return false;
	check(parcel_sealed(parcel));
	if (key)
		good(parcel_unseal(parcel, key, &err));
	if (!parcel_disk(parcel, &size, &err))
		return false;
	do {
		if (!parcel_block(parcel, to < 0 ? NULL : block, &number, &err))
			return false;
		if (number != PARCEL_NO_BLOCK && to >= 0)
			check(pwrite(to, block, BLOCK,
				     (off_t)(number * BLOCK)) == BLOCK);
	} while (number != PARCEL_NO_BLOCK);
	return parcel_end(parcel, &err);
}

/* Whether a text is anywhere in a file. */
static bool contains(int fd, const char *text)
{
	void *data = mmap(NULL, length(fd), PROT_READ, MAP_SHARED, fd, 0);
	bool found;

	check(data != MAP_FAILED);
	found = memmem(data, length(fd), text, strlen(text)) != NULL;
	munmap(data, length(fd));
	return found;
}

/* Sealed: with its key it is what it was, without it it is checked and not
 * read; no byte is in clear, and two of one disk have nothing in common. */
static void seals(void)
{
	const char text[] = "what nobody else is to read";
	struct secret key, other;
	int disk = raw(5 * BLOCK), got = raw(5 * BLOCK);
	auto_close int one = -1, two = -1;
	uint8_t digest[SHA256_SIZE], again[SHA256_SIZE], byte;

	random_bytes(&key, sizeof(key));
	random_bytes(&other, sizeof(other));
	fill(disk, BLOCK, BLOCK, -1);
	fill(disk, 3 * BLOCK, BLOCK, 5);
	check(pwrite(disk, text, sizeof(text), BLOCK + 77) == sizeof(text));
	one = sealed(disk, &key);
	two = sealed(disk, &key);
	check(!contains(one, text) && !contains(one, "\5\5\5\5\5\5\5\5"));
	good(unsealed(one, &key, got));
	check(equal(disk, got));
	good(unsealed(one, NULL, -1));
	good(unsealed(one, &key, -1));
	good(parcel_intact(one, &err));
	bad(INVALID_PARAMETER, "takes a key", unsealed(one, NULL, got));
	bad(INVALID_PARAMETER, "sealed with another key",
	    unsealed(one, &other, got));
	good(parcel_digest(one, digest, &err));
	good(parcel_digest(two, again, &err));
	check(memcmp(digest, again, sizeof(digest)) != 0);

	/* a byte of what is sealed; of the salt: another key */
	for (uint64_t at = 0; at < 2; at++) {
		uint64_t where = at ? PARCEL_HEADER + 3 : BLOCK / 2;

		check(pread(two, &byte, 1, (off_t)where) == 1);
		byte ^= 1;
		check(pwrite(two, &byte, 1, (off_t)where) == 1);
		bad(INVALID_PARAMETER, "altered", unsealed(two, NULL, -1));
		bad(INVALID_PARAMETER, "altered", parcel_intact(two, &err));
		bad(INVALID_PARAMETER, at ? "does not open" : "altered",
		    unsealed(two, &key, got));
		byte ^= 1;
		check(pwrite(two, &byte, 1, (off_t)where) == 1);
	}
	good(unsealed(two, &key, got));
	close(disk);
	close(got);
}

static bool refuse_block(void *data, uint64_t number, const uint8_t *block,
			 const uint8_t *digest, struct error *failed)
{
	uint8_t is[SHA256_SIZE];

	sha256(block, BLOCK, is);
	check(memcmp(is, digest, sizeof(is)) == 0);
	return number != *(uint64_t *)data ||
	       fail(failed, FAULT_INTERNAL, "block %llu is not what it was",
		    (unsigned long long)number);
}

/* Who is asked about each block may refuse one; of one that is zeros he is not
 * asked. */
static void asks(void)
{
	uint64_t unwanted = 2;
	const struct parcel_watch watch = { .check = refuse_block,
					    .data = &unwanted };
	int disk = raw(40 * BLOCK);

	fill(disk, 0, 40 * BLOCK, 3);
	fill(disk, 2 * BLOCK, BLOCK, 0);
	for (int pass = 0; pass < 2; pass++) {
		auto_of(parcel_writer) writer = NULL;
		auto_of(source) source = NULL;
		auto_close int fd = memfd_create("parcel", MFD_CLOEXEC);

		good(parcel_create(fd, "", 0, 1, NULL, &writer, &err));
		good(source_open_file(disk, "disk", &source, &err));
		if (!pass) {
			good(parcel_add(writer, source, &watch, &err));
			good(parcel_finish(writer, &err));
		} else {
			bad(INTERNAL, "block 30 is not what it was",
			    parcel_add(writer, source, &watch, &err));
		}
		unwanted = 30;
	}
	close(disk);
}

int main(void)
{
	round_trip();
	seals();
	asks();
	every_byte();
	forgeries();
	refused_writing();
	return 0;
}
