/* dense.c - a dense parcel has once what its disk has twice, and is believed
 * no more than another one
 *
 * What is made by hand has digests that are all right, and plans that are not;
 * each is read from its beginning, and a block at a time.
 */
#include "tests/images/chain/testing.h"

#include <sys/mman.h>

#include "images/base/id.h"
#include "images/parcel/parcel-private.h"
#include "images/parcel/pick.h"

#define PART PARCEL_BLOCK

static struct error err;

/* A parcel, or a disk, in memory. */
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
	return true;
}

static struct object disk_new(size_t size)
{
	struct object disk = { calloc(1, size), size };

	check(disk.bytes);
	return disk;
}

static int file_of(const struct object *object)
{
	int fd = memfd_create("object", MFD_CLOEXEC);

	check(fd >= 0 && ftruncate(fd, (off_t)object->size) == 0);
	check(pwrite(fd, object->bytes, object->size, 0) ==
	      (ssize_t)object->size);
	return fd;
}

/* Packs a disk, whose parts that are not zeros are asked for. */
struct asked {
	const struct object *disk;
	bool sealed;
	unsigned char seen[64];
};

static bool ask(void *data, uint64_t number, const uint8_t *block,
		const uint8_t *digest, struct error *e)
{
	struct asked *asked = data;
	uint64_t rest = asked->disk->size - number * PART;
	uint8_t is[SHA256_SIZE];

	(void)e;
	check(memcmp(block, asked->disk->bytes + number * PART,
		     rest < PART ? rest : PART) == 0);
	check(!digest == asked->sealed);
	sha256(block, PART, is);
	check(!digest || memcmp(digest, is, sizeof(is)) == 0);
	__atomic_fetch_add(&asked->seen[number], 1, __ATOMIC_RELAXED);
	return true;
}

static struct object pack(const struct object *disk, const struct secret *key)
{
	const struct parcel_way way = {
		.key = key, .level = 1, .proves = true, .dense = true
	};
	struct asked asked = { disk, key != NULL, { 0 } };
	const struct parcel_watch watch = { .check = ask, .data = &asked };
	auto_of(parcel_writer) writer = NULL;
	auto_of(source) source = NULL;
	auto_close int from = file_of(disk);
	auto_close int fd = memfd_create("parcel", MFD_CLOEXEC);
	struct object object;
	struct stat st;

	good(parcel_create(fd, "{}", 2, 1, &way, &writer, &err));
	good(source_open_file(from, "disk", &source, &err));
	good(parcel_add(writer, source, &watch, &err));
	good(parcel_finish(writer, &err));
	check(fstat(fd, &st) == 0);
	object = disk_new((size_t)st.st_size);
	check(pread(fd, object.bytes, object.size, 0) == st.st_size);
	for (uint64_t i = 0; i * PART < disk->size; i++) {
		uint64_t rest = disk->size - i * PART;

		check(asked.seen[i] == !is_zero(disk->bytes + i * PART,
						rest < PART ? rest : PART));
	}
	return object;
}

/* Reads a parcel from its beginning; with a disk all of it is that one. */
static bool read_all(const struct object *object, const struct secret *key,
		     const struct object *disk)
{
	auto_close int fd = file_of(object);
	auto_of(parcel) parcel = NULL;
	auto_free uint8_t *block = malloc(PART);
	uint64_t size, number, next = 0;

	check(block);
	if (!parcel_open(fd, &parcel, &err) ||
	    (key && !parcel_unseal(parcel, key, &err)) ||
	    !parcel_disk(parcel, &size, &err))
		return false;
	check(!disk || size == disk->size);
	for (;; next = number + 1) {
		uint64_t end;

		if (!parcel_block(parcel, block, &number, &err))
			return false;
		end = number == PARCEL_NO_BLOCK ? size : number * PART;
		check(!disk || next * PART >= end ||
		      is_zero(disk->bytes + next * PART, end - next * PART));
		if (number == PARCEL_NO_BLOCK)
			return parcel_end(parcel, &err);
		check(number >= next && end < size);
		check(!disk || memcmp(block, disk->bytes + end,
				      size - end < PART ? size - end : PART) ==
				       0);
	}
}

/* Asks for each part, the last one first, and for each twice; with a disk it is
 * what that has, or refused when `damaged`. */
static bool pick_all(struct object *object, const struct secret *key,
		     const struct object *disk, bool damaged)
{
	struct pick_reader reader = { read_object, object, object->size };
	auto_free uint8_t *block = malloc(PART);
	auto_of(pick) pick = NULL;
	uint64_t count, has = 0;
	bool ok = true;

	check(block);
	if (!pick_open(&reader, 0, key, &pick, &err))
		return false;
	count = (pick_size(pick) + PART - 1) / PART;
	for (uint64_t i = 2 * count; i-- > 0;) {
		uint64_t at = i / 2, rest = pick_size(pick) - at * PART;

		has += !(i & 1) && pick_has(pick, at);
		if (!pick_block(pick, at, block, &err)) {
			if (!damaged)
				return false;
			error_clear(&err);
			ok = false;
			continue;
		}
		check(!disk || memcmp(block, disk->bytes + at * PART,
				      rest < PART ? rest : PART) == 0);
		check(pick_has(pick, at) || is_zero(block, PART));
	}
	check(has == pick_blocks(pick));
	return ok || fail(&err, FAULT_INVALID_PARAMETER, "it was refused");
}

/* Whether both refuse, for a reason that has some text. */
static void refuses(struct object *object, const char *text)
{
	bad(INVALID_PARAMETER, text, read_all(object, NULL, NULL));
	bad(INVALID_PARAMETER, "", pick_all(object, NULL, NULL, false));
	free(object->bytes);
}

/* Copies that lie in other blocks, whole and in pieces, aligned otherwise; more
 * than a block may name; a hole, zeros, and an end within a piece. */
static struct object doubled(void)
{
	struct object disk = disk_new(13 * MIB + 512);

	random_bytes(disk.bytes, 4 * MIB);
	memcpy(disk.bytes + 6 * MIB, disk.bytes + 12288, 3 * MIB);
	random_bytes(disk.bytes + 9 * MIB, MIB);
	memcpy(disk.bytes + 10 * MIB, disk.bytes + MIB, 3 * MIB);
	for (unsigned i = 0; i < 7; i++)
		memcpy(disk.bytes + 12 * MIB + i * 8192,
		       disk.bytes + i * 2 * (size_t)MIB + 512 * 1024, 4096);
	memset(disk.bytes + 13 * MIB, 7, 512);
	return disk;
}

static void round_trip(void)
{
	static const struct secret sealed = { .bytes = { 1, 2, 3 } };
	static const struct secret other = { .bytes = { 3, 2, 1 } };
	struct object disk = doubled();

	for (unsigned i = 0; i < 2; i++) {
		const struct secret *key = i ? &sealed : NULL;
		struct object object = pack(&disk, key);

		/* five MiB are like no other ones */
		check(object.size > 5 * MIB &&
		      object.size < 5 * MIB + 200 * 1024);
		good(read_all(&object, key, &disk));
		good(pick_all(&object, key, &disk, false));
		if (key) {
			bad(INVALID_PARAMETER, "another key",
			    read_all(&object, &other, NULL));
			bad(INVALID_PARAMETER, "altered",
			    pick_all(&object, &other, NULL, false));
		}
		free(object.bytes);
	}
	free(disk.bytes);
}

/* Whatever bit is turned, it reads as what was packed, or not at all. */
static void every_byte(void)
{
	struct object disk = disk_new(4 * MIB), object;

	random_bytes(disk.bytes + MIB, 4096);
	memcpy(disk.bytes + 3 * MIB, disk.bytes + MIB, 4096);
	memset(disk.bytes + 3 * MIB + 4096, 5, 4096);
	object = pack(&disk, NULL);
	check(object.size < 6000);
	for (size_t i = 0; i < object.size; i += i > 400 && i < 4400 ? 97 : 7) {
		object.bytes[i] ^= (uint8_t)(1 << i % 8);
		bad(INVALID_PARAMETER, "", read_all(&object, NULL, NULL));
		if (!pick_all(&object, NULL, &disk, true)) {
			check(err.fault == FAULT_INVALID_PARAMETER);
			error_clear(&err);
		}
		object.bytes[i] ^= (uint8_t)(1 << i % 8);
	}
	good(read_all(&object, NULL, &disk));
	free(disk.bytes);
	free(object.bytes);
}

/* What somebody makes who knows the format: a disk of some blocks. */
struct forged {
	struct buf body, index;
	uint64_t size, blocks;
};

static struct forged forge(uint64_t size)
{
	struct forged forged = { .size = size };
	uint8_t header[PARCEL_HEADER] = { 0 }, head[DISK_HEAD];

	memcpy(header, HEADER_MAGIC, MAGIC_SIZE);
	put32(header + HEADER_VERSION, VERSION_DENSE);
	put32(header + HEADER_BLOCK, DENSE_BLOCK);
	put32(header + HEADER_DISKS, 1);
	sha256("", 0, header + HEADER_DIGEST);
	put64(head, size);
	buf_add(&forged.body, header, sizeof(header));
	buf_add(&forged.body, head, sizeof(head));
	return forged;
}

static void forge_entry(struct forged *forged, uint64_t left, uint64_t right)
{
	uint8_t entry[ENTRY_SIZE];

	put64(entry, left);
	put64(entry + 8, right);
	buf_add(&forged->index, entry, sizeof(entry));
}

/* A block of any data, which is to be one piece of a byte, and zeros. */
static void forge_data(struct forged *forged, uint64_t number, unsigned parts,
		       const uint8_t *data, size_t size, int byte)
{
	uint8_t head[BLOCK_HEAD], digest[SHA256_SIZE];
	auto_free uint8_t *part = calloc(1, PART);

	check(part);
	memset(part, byte, PIECE);
	sha256(part, PART, digest);
	put64(head + BLOCK_NUMBER, number | (uint64_t)parts << PARTS_SHIFT);
	put32(head + BLOCK_BYTES, (uint32_t)size);
	sha256(digest, sizeof(digest), head + BLOCK_DIGEST);
	forge_entry(forged, get64(head), forged->body.size);
	buf_add(&forged->body, head, sizeof(head));
	buf_add(&forged->body, data, size);
	forged->blocks++;
}

/* The plan of a block whose first piece is the one of that code, in which one
 * other block is named; the rest are its own, and zeros behind `own`. */
struct plan {
	uint32_t source;
	unsigned code;
	int byte;	/* of the first piece of its own */
	unsigned parts; /* 0: the first */
	int pieces;	/* so many more follow than should */
};

/* A block that has all of its own. */
static const struct plan own = { .source = NO_SOURCE, .byte = 5 };

static void forge_block(struct forged *forged, uint64_t number,
			struct plan plan, int is)
{
	auto_free uint8_t *woven = calloc(1, WOVEN_MOST + PIECE);
	auto_free uint8_t *data = malloc(WOVEN_MOST);
	auto_of(packer) packer = NULL;
	size_t size = PLAN_SIZE;

	check(woven && data);
	plan_plain(woven);
	put32(woven, plan.source);
	put16(woven + 16, (uint16_t)plan.code);
	if (!plan.code)
		memset(woven + size, plan.byte, PIECE);
	size += (size_t)((int)PIECES - !!plan.code + plan.pieces) * PIECE;
	good(packer_open(false, &packer, &err));
	size = packer_pack(packer, woven, size, data);
	check(size);
	forge_data(forged, number, plan.parts ? plan.parts : 1, data, size, is);
}

static struct object forged_object(struct forged *forged)
{
	uint8_t head[BLOCK_HEAD] = { 0 }, end[END_SIZE];
	struct buf *body = &forged->body;
	struct object object;
	uint64_t index;

	put64(head, PARCEL_NO_BLOCK);
	buf_add(body, head, sizeof(head));
	forge_entry(forged, forged->size, forged->blocks);
	index = body->size;
	buf_add(body, forged->index.data, forged->index.size);
	memcpy(end, END_MAGIC, MAGIC_SIZE);
	put64(end + END_INDEX, index);
	put64(end + END_TOTAL, body->size + END_SIZE);
	put64(end + END_BLOCKS, forged->blocks);
	buf_add(body, end, END_DIGEST);
	sha256(body->data, body->size, end);
	buf_add(body, end, SHA256_SIZE);
	check(!body->broken && !forged->index.broken);
	object = disk_new(body->size);
	memcpy(object.bytes, body->data, body->size);
	buf_done(body);
	buf_done(&forged->index);
	return object;
}

/* One block of its own, 0, and another, 1, by a plan: what comes of it. */
static struct object planned(struct plan plan, int is)
{
	struct forged forged = forge(3 * DENSE_BLOCK);

	forge_block(&forged, 0, own, 5);
	forge_block(&forged, 1, plan, is);
	return forged_object(&forged);
}

static void plans(void)
{
	static const struct plan wrong[] = {
		{ .source = 1, .code = 1 },		  /* itself */
		{ .source = 2, .code = 1 },		  /* a later one */
		{ .source = NO_SOURCE, .code = 1 },	  /* none */
		{ .source = 0, .code = SOURCES * PIECES + 1 },
		{ .source = 0, .code = PIECES + 1 }, /* none is there */
		{ .source = 0, .code = 0xffff },
		{ .source = 0, .code = 1, .pieces = 1 },
		{ .source = 0, .code = 1, .pieces = -1 },
		{ .source = NO_SOURCE, .byte = 5, .pieces = 1 },
		{ .source = 0, .byte = 5 }, /* named in vain */
		{ .source = NO_SOURCE, .byte = 5, .pieces = -(int)PIECES },
	};
	struct object object =
		planned((struct plan){ .source = 0, .code = 1 }, 5);
	struct forged forged;

	good(read_all(&object, NULL, NULL));
	good(pick_all(&object, NULL, NULL, false));
	free(object.bytes);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		object = planned(wrong[i], 5);
		refuses(&object, "cannot be unpacked");
	}
	/* another piece than its digest says */
	object = planned((struct plan){ .source = 0, .code = 2 }, 5);
	refuses(&object, "altered");
	/* by way of another block */
	forged = forge(3 * DENSE_BLOCK);
	forge_block(&forged, 0, own, 5);
	forge_block(&forged, 1, (struct plan){ .source = 0, .code = 1 }, 5);
	forge_block(&forged, 2, (struct plan){ .source = 1, .code = 1 }, 5);
	object = forged_object(&forged);
	refuses(&object, "cannot be unpacked");
	/* from a block that the disk does not have */
	forged = forge(3 * DENSE_BLOCK);
	forge_block(&forged, 0, own, 5);
	forge_block(&forged, 2, (struct plan){ .source = 1, .code = 1 }, 5);
	object = forged_object(&forged);
	refuses(&object, "altered");
}

/* Blocks that say of their parts what is not so, and data that are none. */
static void parts(void)
{
	static const struct {
		unsigned parts;
		uint64_t number, size;
		const char *says;
	} wrong[] = {
		{ 3, 0, DENSE_BLOCK, "altered" }, /* one that is zeros */
		{ 2, 0, DENSE_BLOCK, "altered" }, /* not the one that is not */
		{ 16, 0, DENSE_BLOCK, "for a disk of 1" },
		{ 255, 0, DENSE_BLOCK, "for a disk of 1" },
		{ 1, 1, DENSE_BLOCK, "a block 1 for a disk of 1" },
		{ 3, 0, PART, "a block 0 for a disk of 1" },
		{ 1, 1ULL << 40, DENSE_BLOCK, "for a disk of 1" },
	};
	static const uint8_t bomb[] = {
		/* 17 runs of 128 KiB each: more than a block has */
		0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58,
	};
	uint8_t frame[sizeof(bomb) + 17 * 4];
	size_t size = sizeof(bomb);
	struct object object;
	struct forged forged;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		forged = forge(wrong[i].size);
		forge_block(&forged, wrong[i].number,
			    (struct plan){ .source = NO_SOURCE,
					   .byte = 5,
					   .parts = wrong[i].parts },
			    5);
		object = forged_object(&forged);
		refuses(&object, wrong[i].says);
	}
	forged = forge(DENSE_BLOCK);
	forge_data(&forged, 0, 0, (const uint8_t *)"none", 4, 5);
	object = forged_object(&forged);
	refuses(&object, "for a disk of 1");
	/* the same block twice, its parts apart */
	forged = forge(DENSE_BLOCK);
	for (unsigned i = 0; i < 2; i++)
		forge_block(&forged, 0, own, 5);
	object = forged_object(&forged);
	refuses(&object, "out of order");
	memcpy(frame, bomb, size);
	for (unsigned i = 0; i < 17; i++) {
		uint32_t run = 131072U << 3 | 1U << 1 | (i == 16);

		frame[size++] = (uint8_t)run;
		frame[size++] = (uint8_t)(run >> 8);
		frame[size++] = (uint8_t)(run >> 16);
		frame[size++] = 0;
	}
	forged = forge(DENSE_BLOCK);
	forge_data(&forged, 0, 1, frame, size, 5);
	object = forged_object(&forged);
	refuses(&object, "cannot be unpacked");
	forged = forge(DENSE_BLOCK);
	forge_data(&forged, 0, 1, (const uint8_t *)"nonsense", 8, 5);
	object = forged_object(&forged);
	refuses(&object, "cannot be unpacked");
}

int main(void)
{
	round_trip();
	every_byte();
	plans();
	parts();
	return 0;
}
