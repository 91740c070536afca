/* pick.c - any block of a parcel, in any order, and never zeros for data
 *
 * Every bit of the index, of the frame and of every head is turned: whatever
 * is still answered then is what was packed.
 */
#include "tests/images/chain/testing.h"

#include <sys/mman.h>

#include "images/parcel/parcel-private.h"
#include "images/parcel/pick.h"

#define BLOCK PARCEL_BLOCK
#define BLOCKS 9

static struct error err;
static const struct secret *key; /* NULL: it is not sealed */
static bool dense;
static unsigned asked; /* reads of the parcel */

/* A parcel in memory. */
struct object {
	uint8_t *bytes;
	size_t size;
};

static bool read_object(void *data, void *ret_bytes, size_t size,
			uint64_t offset, struct error *e)
{
	const struct object *object = data;

	(void)e;
	check(offset + size <= object->size);
	memcpy(ret_bytes, object->bytes + offset, size);
	asked++;
	return true;
}

static struct pick_reader reader_of(struct object *object)
{
	return (struct pick_reader){ read_object, object, object->size };
}

/* What block `number` of disk `disk` begins with; 0: it is zeros. */
static unsigned marker(unsigned disk, uint64_t number)
{
	static const uint8_t marks[3][BLOCKS] = {
		{ 1, 0, 2, 3, 0, 0, 4, 0, 0 },
		{ 0 },
		{ 0, 5, 0, 0, 6, 7, 0, 0, 8 },
	};

	return marks[disk][number];
}

/* Three disks, the middle one empty; the last ends within its last block. */
static uint64_t size_of(unsigned disk)
{
	return (BLOCKS - 1) * (uint64_t)BLOCK + (disk == 2 ? 1024 : BLOCK);
}

static int disk_file(unsigned disk)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);

	check(fd >= 0 && ftruncate(fd, (off_t)size_of(disk)) == 0);
	for (uint64_t i = 0; i < BLOCKS; i++) {
		uint8_t mark = (uint8_t)marker(disk, i);

		if (mark)
			check(pwrite(fd, &mark, 1, (off_t)(i * BLOCK + 7)) ==
			      1);
	}
	return fd;
}

static void pack(struct object *ret_object)
{
	static const struct parcel_watch unwatched;
	auto_of(parcel_writer) writer = NULL;
	int fd = memfd_create("parcel", MFD_CLOEXEC);
	struct stat st;

	check(fd >= 0);
	const struct parcel_way way = { .key = key, .dense = dense };

	good(parcel_create(fd, "{\"a\":1}", 7, 3, &way, &writer, &err));
	for (unsigned i = 0; i < 3; i++) {
		auto_of(source) source = NULL;
		auto_close int disk = disk_file(i);

		good(source_open_file(disk, "disk", &source, &err));
		good(parcel_add(writer, source, &unwatched, &err));
	}
	good(parcel_finish(writer, &err));
	check(fstat(fd, &st) == 0);
	ret_object->size = (size_t)st.st_size;
	ret_object->bytes = mmap(NULL, ret_object->size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE, fd, 0);
	check(ret_object->bytes != MAP_FAILED);
	close(fd);
}

/* Whether a block is what was packed. */
static bool is_right(const uint8_t *block, unsigned disk, uint64_t number)
{
	for (size_t i = 0; i < BLOCK; i++)
		if (block[i] != (i == 7 ? marker(disk, number) : 0))
			return false;
	return true;
}

/* Asks for all blocks of a disk, from the last to the first; returns how many
 * were refused. */
static unsigned ask_all(struct pick *pick, unsigned disk)
{
	static uint8_t block[BLOCK];
	unsigned refused = 0;

	for (uint64_t i = BLOCKS; i-- > 0;) {
		if (pick_block(pick, i, block, &err)) {
			check(is_right(block, disk, i));
			continue;
		}
		check(err.fault == FAULT_INVALID_PARAMETER);
		error_clear(&err);
		refused++;
	}
	return refused;
}

static void all_blocks(struct object *object)
{
	struct pick_reader reader = reader_of(object);

	for (unsigned disk = 0; disk < 3; disk++) {
		auto_of(pick) pick = NULL;
		uint64_t has = 0, at = 0;

		good(pick_open(&reader, disk, key, &pick, &err));
		check(pick_size(pick) == size_of(disk));
		check(ask_all(pick, disk) == 0);
		for (uint64_t i = 0; i < BLOCKS; i++) {
			check(pick_has(pick, i) == !!marker(disk, i));
			if (!marker(disk, i))
				continue;
			check(pick_next(pick, at) == i);
			at = i + 1;
			has++;
		}
		check(pick_next(pick, at) == PARCEL_NO_BLOCK);
		check(pick_blocks(pick) == has);
	}
	bad(INVALID_PARAMETER, "no disk 4",
	    pick_open(&reader, 3, key, &(struct pick *){ NULL }, &err));
}

/* One block costs one read, and no other block is looked at. */
static void one_read(struct object *object)
{
	struct pick_reader reader = reader_of(object);
	uint8_t block[BLOCK];
	auto_of(pick) pick = NULL;

	good(pick_open(&reader, 2, key, &pick, &err));
	asked = 0;
	good(pick_block(pick, 5, block, &err));
	check(asked == 1 && is_right(block, 2, 5));
}

/* A parcel with one bit turned says what was packed, or nothing. */
static bool survives(struct object *object, size_t byte, unsigned bit)
{
	struct pick_reader reader = reader_of(object);
	unsigned refused = 0;

	object->bytes[byte] ^= (uint8_t)(1 << bit);
	for (unsigned disk = 0; disk < 3; disk++) {
		auto_of(pick) pick = NULL;

		if (pick_open(&reader, disk, key, &pick, &err)) {
			refused += ask_all(pick, disk);
			continue;
		}
		check(err.fault == FAULT_INVALID_PARAMETER);
		error_clear(&err);
		refused++;
	}
	object->bytes[byte] ^= (uint8_t)(1 << bit);
	return refused == 0;
}

static void turned(struct object *object)
{
	size_t index =
		get64(object->bytes + object->size - END_SIZE + END_INDEX);
	size_t end = object->size - END_SIZE;
	size_t begin = PARCEL_HEADER + (key ? SALT_SIZE : 0) + 7;
	unsigned missed = 0, passed = 0;

	check(index < end);
	for (size_t i = index; i < end; i++)
		missed += survives(object, i, i % 8);
	check(missed == 0);
	/* packed blocks, with their heads, up to the first disk's end */
	for (size_t i = begin; i < begin + 60; i++)
		passed += survives(object, i, i % 8);
	/* zstd's window may be larger than it is needed */
	check(passed <= (dense ? 1 : 0));
	for (size_t i = end; i < end + END_DIGEST; i++)
		check(!survives(object, i, i % 8));
}

/* An entry that is missing would be zeros: two blocks as one. */
static void missing(struct object *object)
{
	struct object less = { malloc(object->size), object->size };
	size_t index =
		get64(object->bytes + object->size - END_SIZE + END_INDEX);
	struct pick_reader reader;
	auto_of(pick) pick = NULL;
	uint8_t *entry;

	check(less.bytes);
	memcpy(less.bytes, object->bytes, object->size);
	/* the second entry says what the third does, and its number between */
	entry = less.bytes + index + ENTRY_SIZE;
	put64(entry, 1);
	reader = reader_of(&less);
	if (pick_open(&reader, 0, key, &pick, &err))
		check(ask_all(pick, 0) > 0);
	error_clear(&err);
	free(less.bytes);
}

static void cut(struct object *object)
{
	for (size_t size = 0; size < object->size; size += 13) {
		struct object less = { object->bytes, size };
		struct pick_reader reader = reader_of(&less);
		struct pick *pick = NULL;

		check(!pick_open(&reader, 0, key, &pick, &err) &&
		      err.fault == FAULT_INVALID_PARAMETER);
		error_clear(&err);
	}
}

/* With a key, without one, and with another. */
static void keys(struct object *object)
{
	struct pick_reader reader = reader_of(object);
	static uint8_t block[BLOCK];
	struct secret other = { .bytes = { 1 } };
	auto_of(pick) pick = NULL;

	bad(INVALID_PARAMETER, "sealed",
	    pick_open(&reader, 0, key ? NULL : &other, &pick, &err));
	if (!key)
		return;
	good(pick_open(&reader, 0, &other, &pick, &err));
	bad(INVALID_PARAMETER, "altered", pick_block(pick, 0, block, &err));
}

/* A parcel of a disk of one sector, with an index that is nowhere kept. */
#define CLAIMED (1ULL << 36)

static bool read_claim(void *data, void *ret_bytes, size_t size,
		       uint64_t offset, struct error *e)
{
	const uint64_t index = PARCEL_HEADER + 7 + BLOCK_HEAD;
	const uint64_t last = index + CLAIMED * ENTRY_SIZE;
	uint8_t *bytes = memset(ret_bytes, 0, size);

	(void)e;
	asked++;
	if (offset == 0)
		memcpy(bytes, ((struct object *)data)->bytes, size);
	if (offset == last && size == ENTRY_SIZE) {
		put64(bytes, 512);
		put64(bytes + 8, CLAIMED);
	} else if (offset == last + ENTRY_SIZE) {
		memcpy(bytes, "qamiend\n", MAGIC_SIZE);
		put64(bytes + END_INDEX, index);
		put64(bytes + END_TOTAL, last + ENTRY_SIZE + END_SIZE);
		put64(bytes + END_BLOCKS, CLAIMED);
	}
	return true;
}

/* An index that would not fit into the host's memory is not even read. */
static void claimed(const struct object *object)
{
	struct object header = { malloc(PARCEL_HEADER), PARCEL_HEADER };
	const struct pick_reader reader = {
		read_claim, &header,
		PARCEL_HEADER + 7 + BLOCK_HEAD + (CLAIMED + 1) * ENTRY_SIZE +
			END_SIZE
	};

	check(header.bytes);
	memcpy(header.bytes, object->bytes, PARCEL_HEADER);
	put32(header.bytes + HEADER_DISKS, 1);
	asked = 0;
	bad(INVALID_PARAMETER, "more blocks than",
	    pick_open(&reader, 0, NULL, &(struct pick *){ NULL }, &err));
	check(asked <= 3);
	free(header.bytes);
}

int main(void)
{
	static const struct secret sealed = { .bytes = { 7, 7, 7 } };

	for (unsigned i = 0; i < 4; i++) {
		struct object object;

		key = i & 1 ? &sealed : NULL;
		dense = i & 2;
		pack(&object);
		all_blocks(&object);
		one_read(&object);
		keys(&object);
		turned(&object);
		missing(&object);
		cut(&object);
		if (!key)
			claimed(&object);
	}
	return 0;
}
