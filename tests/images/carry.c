/* carry.c - what is read of a region, which is made up, and what is not */
#include "images/carry.h"

#include "images/base/digest.h"
#include "tests/images/testing.h"

#define BLOCKS 8 /* of the region's disk that hold something */

/* A region's disk, each block of which is full of its number and 0x20. */
struct made_up {
	struct far_disk disk;
	bool knows; /* what was written since: blocks 3 and 4 */
	uint8_t digest[BLOCKS][SHA256_SIZE];
	unsigned looked; /* blocks that were asked about, … */
	unsigned read;	 /* … and read */
	unsigned ahead;
};

static struct made_up *made_up_of(const struct far_disk *disk)
{
	return (struct made_up *)(uintptr_t)disk;
}

static bool has(const struct far_disk *disk, uint64_t block)
{
	made_up_of(disk)->looked++;
	return block < BLOCKS;
}

static const uint8_t *digest(const struct far_disk *disk, uint64_t block)
{
	return made_up_of(disk)->disk.listed ? made_up_of(disk)->digest[block] :
					       NULL;
}

static bool matches(const struct far_disk *disk, uint64_t block,
		    const uint8_t *data)
{
	uint8_t is[SHA256_SIZE];

	sha256(data, BLOCK_SIZE, is);
	return memcmp(is, made_up_of(disk)->digest[block], sizeof(is)) == 0;
}

static bool since(struct far_disk *disk, size_t older, struct blockmap *map,
		  bool *ret_known, struct error *failed)
{
	check(older == 1);
	*ret_known = made_up_of(disk)->knows;
	return !*ret_known ||
	       (blockmap_add(map, 3, failed) && blockmap_add(map, 4, failed));
}

static bool want(struct far_disk *disk, uint64_t block, struct error *failed)
{
	struct made_up *it = made_up_of(disk);

	(void)failed;
	check(block < BLOCKS);
	it->ahead++;
	check(it->ahead <= FAR_AHEAD);
	return true;
}

static bool read_made_up(struct far_disk *disk, uint64_t block,
			 uint8_t *ret_data, struct error *failed)
{
	struct made_up *it = made_up_of(disk);

	(void)failed;
	check(it->ahead);
	it->ahead--;
	it->read++;
	memset(ret_data, 0x20 + (int)block, BLOCK_SIZE);
	return true;
}

static const struct far_disk_ops ops = {
	.has = has,
	.digest = digest,
	.matches = matches,
	.since = since,
	.want = want,
	.read = read_made_up,
};

static bool tell(void *data, uint64_t block, uint64_t blocks,
		 struct error *failed)
{
	(void)data;
	(void)failed;
	return block < blocks;
}

/* Carries it into a layer over `base`, in which somebody who died has left
 * those clusters; what it shows then is right but for the blocks 0, 1 and 2 of
 * the base, where that is believed. */
static void carry_over(struct made_up *it, const char *base, const char *left,
		       uint64_t carried, bool believes)
{
	char name[LAYER_NAME_SIZE];
	struct layer_ref chain[] = { { name, LAYER_QCOW2 },
				     { base, LAYER_QCOW2 } };
	struct carry carry = { .from = &it->disk, .plain = true, .tell = tell };
	static uint8_t data[BLOCK_SIZE], wanted[BLOCK_SIZE];
	auto_of(disk) disk = NULL;

	it->looked = it->read = 0;
	layer_name_new(LAYER_QCOW2, name);
	good(layer_create(call.store->chain, name, chain + 1, GIB, &err));
	fill(name, left, 0x99);
	good(carry_open_to(&carry, call.store->chain, chain, 2, &err));
	good(carry_since(&carry, 1, &err));
	good(carry_blocks(&carry, &err));
	check(carry.carried == carried && !carry.damaged && !it->ahead);
	carry_done(&carry);
	good(disk_open(call.store->chain, chain, &disk, &err));
	for (int i = 0; i < BLOCKS + 2; i++) {
		memset(wanted, i < BLOCKS ? 0x20 + i : 0, sizeof(wanted));
		if (believes && i < 3)
			memset(wanted, 0, sizeof(wanted));
		if (believes && i == 2)
			memset(wanted, 0x77, 65536);
		good(disk_read(disk, data, BLOCK_SIZE, (uint64_t)i * BLOCK_SIZE,
			       &err));
		check(memcmp(data, wanted, sizeof(data)) == 0);
	}
}

/* Blocks 5 to 7 as the region has them. */
static void make_base(char base[LAYER_NAME_SIZE])
{
	static uint8_t data[BLOCK_SIZE];
	struct layer_ref ref = { base, LAYER_QCOW2 };
	auto_of(disk) disk = NULL;

	layer_name_new(LAYER_QCOW2, base);
	good(layer_create(call.store->chain, base, NULL, GIB, &err));
	good(disk_open_write(call.store->chain, &ref, &disk, &err));
	for (int i = 5; i < BLOCKS; i++) {
		memset(data, 0x20 + i, sizeof(data));
		good(disk_write(disk, data, sizeof(data),
				(uint64_t)i * BLOCK_SIZE, &err));
	}
	memset(data, 0x77, 65536);
	good(disk_write(disk, data, 65536, 2ULL * BLOCK_SIZE, &err));
	good(disk_flush(disk, &err));
	disk_close(take(disk));
	good(layer_freeze(call.store->chain, base, &err));
}

/* The blocks that are found to differ from the base by the lists alone. */
static void differs(struct made_up *it, const char *base, const char *left,
		    const char *wanted)
{
	char name[LAYER_NAME_SIZE], found[BLOCKS + 3] = "";
	struct layer_ref chain[] = { { name, LAYER_QCOW2 },
				     { base, LAYER_QCOW2 } };
	struct carry carry = { .from = &it->disk, .plain = true };
	auto_of(blockmap) map = NULL;

	it->read = 0;
	layer_name_new(LAYER_QCOW2, name);
	good(layer_create(call.store->chain, name, chain + 1, GIB, &err));
	fill(name, left, 0x99);
	good(blockmap_new(GIB / BLOCK_SIZE, &map, &err));
	good(carry_open_to(&carry, call.store->chain, chain, 2, &err));
	good(carry_since(&carry, 1, &err));
	good(carry_differing(&carry, map, &err));
	carry_done(&carry);
	for (uint64_t i = 0; i < GIB / BLOCK_SIZE; i++)
		if (blockmap_has(map, i)) {
			check(strlen(found) < BLOCKS + 2);
			found[strlen(found)] = (char)('0' + i);
		}
	check(strcmp(found, wanted) == 0 && !it->read);
}

int main(void)
{
	struct made_up it = { .disk = { .ops = &ops, .size = GIB } };
	static uint8_t data[BLOCK_SIZE];
	char base[LAYER_NAME_SIZE];
	const struct layer_ref bottom = { base, LAYER_QCOW2 };

	for (int i = 0; i < BLOCKS; i++) {
		memset(data, 0x20 + i, sizeof(data));
		sha256(data, sizeof(data), it.digest[i]);
	}
	store_new();
	make_base(base);

	/* without digests all of it is read, with them what differs; in either
	 * case what was left over, too, and zeroed behind what there is */
	carry_over(&it, base, "", 5, false);
	check(it.read == BLOCKS && it.looked >= GIB / BLOCK_SIZE);
	carry_over(&it, base, "hq", 7, false);
	check(it.read == BLOCKS);
	it.disk.listed = true;
	carry_over(&it, base, "", 5, false);
	check(it.read == 5);
	carry_over(&it, base, "hq", 7, false);
	check(it.read == 6);
	/* what is not listed here may differ; what lies behind it does not */
	differs(&it, base, "", "01234567");
	differs(&it, base, "h", "01234567");
	good(digests_make(call.store->chain, &bottom, &err));
	differs(&it, base, "", "01234");
	differs(&it, base, "hq", "0123478");

	/* and where it is known what was written since, the rest of what the
	 * layer was begun on is believed */
	it.knows = true;
	differs(&it, base, "h", "347");
	carry_over(&it, base, "", 2, true);
	check(it.read == 2 && it.looked <= 2 * 2);
	it.disk.listed = false;
	carry_over(&it, base, "hq", 4, true);
	check(it.read == 3 && it.looked <= 2 * 4);
	store_close(call.store);
	return 0;
}
