/* fillblocks.c - what is fetched of a source, which is made up, and what is not
 * since the layer shows it already
 */
#include "images/base/digest.h"
#include "images/blockmap.h"
#include "images/chain/filling.h"
#include "images/fill-private.h"
#include "tests/images/testing.h"

#define BLOCKS 24
#define SIZE (BLOCKS * (uint64_t)BLOCK_SIZE)

/* A source of blocks that are full of their number and 0x20, of which some have
 * to be looked at. */
struct made_up {
	struct fill_source source;
	bool looks[BLOCKS]; /* at this one */
	bool tells;	    /* whether bytes are a block's */
	unsigned fetched, asked;
	uint64_t wanted[FILL_AHEAD]; /* the first of them */
	unsigned wants;
};

static struct made_up *made_up_of(const struct fill_source *source)
{
	return (struct made_up *)(uintptr_t)source;
}

static bool has(const struct fill_source *source, uint64_t number)
{
	return made_up_of(source)->looks[number];
}

static uint64_t next(const struct fill_source *source, uint64_t number)
{
	while (number < BLOCKS && !has(source, number))
		number++;
	return number < BLOCKS ? number : PARCEL_NO_BLOCK;
}

static bool block(struct fill_source *source, uint64_t number,
		  uint8_t ret_data[PARCEL_BLOCK], struct error *failed)
{
	(void)failed;
	check(has(source, number));
	made_up_of(source)->fetched++;
	memset(ret_data, 0x20 + (int)number, PARCEL_BLOCK);
	return true;
}

static bool same(struct fill_source *source, uint64_t number,
		 const uint8_t data[PARCEL_BLOCK])
{
	made_up_of(source)->asked++;
	return made_up_of(source)->tells && data[0] == 0x20 + (int)number &&
	       data[PARCEL_BLOCK - 1] == data[0];
}

static void want(struct fill_source *source, uint64_t number)
{
	struct made_up *it = made_up_of(source);

	check(it->looks[number]);
	if (it->wants < FILL_AHEAD)
		it->wanted[it->wants] = number;
	it->wants++;
}

static const struct fill_source_ops ops = {
	.has = has,
	.next = next,
	.block = block,
	.same = same,
	.want = want,
};

/* A layer to be filled, over one that has the blocks up to before `end` but for
 * the first. */
static struct layer_ref make(char name[LAYER_NAME_SIZE], int end)
{
	static char below[LAYER_NAME_SIZE];
	const struct layer_ref ref = { name, LAYER_QCOW2 };
	const struct layer_ref base = { below, LAYER_QCOW2 };
	static uint8_t data[BLOCK_SIZE];
	auto_of(disk) disk = NULL;

	layer_name_new(LAYER_QCOW2, below);
	layer_name_new(LAYER_QCOW2, name);
	good(layer_create(call.store->chain, below, NULL, SIZE, &err));
	good(disk_open_write(call.store->chain, &base, &disk, &err));
	for (int i = 1; i < end; i++) {
		memset(data, 0x20 + i, sizeof(data));
		good(disk_write(disk, data, sizeof(data),
				(uint64_t)i * BLOCK_SIZE, &err));
	}
	disk_close(take(disk));
	good(layer_freeze(call.store->chain, below, &err));
	good(layer_create(call.store->chain, name, &base, SIZE, &err));
	good(filling_adopt(call.store->chain, name, &err));
	good(filling_adopt(call.store->chain, name, &err));
	check(layer_fills(call.store->chain, name));
	return ref;
}

static void open_blocks(struct made_up *it, const char *name,
			const uint8_t *map, struct fill_blocks **ret_blocks)
{
	struct disk *disk;

	it->source = (struct fill_source){ .ops = &ops, .size = SIZE };
	for (int i = 0; i < BLOCKS; i++)
		it->source.blocks += it->looks[i];
	it->fetched = it->asked = it->wants = 0;
	good(filling_open(call.store->chain, name, &disk, &err));
	good(fill_blocks_open(&it->source, disk, map, ret_blocks, &err));
}

static void reads(struct fill_blocks *blocks, uint64_t number, bool full)
{
	static uint8_t data[BLOCK_SIZE];

	good(fill_blocks_read(blocks, data, sizeof(data), number * BLOCK_SIZE,
			      &err));
	for (size_t i = 0; i < sizeof(data); i++)
		check(data[i] == (full ? 0x20 + number : 0));
}

static void pour_all(struct fill_blocks *blocks)
{
	size_t size;

	do
		good(fill_blocks_pour(blocks, true, &size, &err));
	while (size);
}

/* The blocks that the layer alone holds. */
static unsigned held(const struct layer_ref *layer)
{
	auto_of(blockmap) map = NULL;
	unsigned count = 0;

	good(filling_finish(call.store->chain, layer->name, &err));
	good(blockmap_new(BLOCKS, &map, &err));
	good(blockmap_add_held(map, call.store->chain, layer, &err));
	for (uint64_t i = 0; i < BLOCKS; i++)
		count += blockmap_has(map, i);
	return count;
}

/* Blocks 0 to 19 are looked at, of which 1 to 9 are here; 20 to 23 are not, and
 * are taken for what the layer shows. */
static void test_known(bool tells)
{
	char name[LAYER_NAME_SIZE];
	const struct layer_ref layer = make(name, 10);
	struct made_up it = { .tells = tells };
	auto_of(fill_blocks) blocks = NULL;
	uint8_t map[BLOCKS / 8 + 1];
	uint64_t filled;
	size_t size;
	bool done;

	for (int i = 0; i < 20; i++)
		it.looks[i] = true;
	open_blocks(&it, name, NULL, &blocks);
	reads(blocks, 23, false);
	check(!it.asked && !it.fetched);
	reads(blocks, 5, true);
	check(it.asked == 1 && it.fetched == (unsigned)!tells);
	reads(blocks, 5, true);
	reads(blocks, 19, true);
	check(it.asked == 2 && it.fetched == 1U + !tells);
	/* what comes next is wanted, and that alone */
	good(fill_blocks_pour(blocks, true, &size, &err));
	check(it.wants == FILL_AHEAD && it.wanted[0] == 0);
	check(it.wanted[1] == (tells ? 10U : 1U));
	pour_all(blocks);
	check(it.asked == 20 && it.fetched == (tells ? 11U : 20U));
	good(fill_blocks_flush(blocks, map, &filled, &err));
	check(filled == 20);
	for (uint64_t i = 0; i < BLOCKS; i++)
		reads(blocks, i, i < 20);
	fill_blocks_close(take(blocks));

	/* what was noted is compared, without its being sent where that can be
	 * told; a block that is not there after all is fetched */
	map[2] |= 1 << 4;
	it.looks[20] = true;
	open_blocks(&it, name, map, &blocks);
	do
		good(fill_blocks_compare(blocks, &done, &err));
	while (!done);
	check(it.asked == 21 && it.fetched == (tells ? 1U : 21U));
	pour_all(blocks);
	reads(blocks, 20, true);
	good(fill_blocks_flush(blocks, map, &filled, &err));
	check(filled == 21);
	fill_blocks_close(take(blocks));
	check(held(&layer) == 12);
}

int main(void)
{
	store_new();
	test_known(true);
	test_known(false);
	store_close(call.store);
	return 0;
}
