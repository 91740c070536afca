/* blockmap.c - every block with data is in the map, and no block without */
#include "images/blockmap.h"

#include <inttypes.h>

#include "images/chain/blocks.h"
#include "tests/images/chain/testing.h"

#define BLOCKS 5000 /* more than one chunk */
#define LAYERS 3
#define WRITES 60

/* What the layers say of each block, the top's word first. */
enum word { SILENT, DATA, ZERO };
static enum word words[LAYERS][BLOCKS];

static struct chain *chain;
static struct layer_ref layers[LAYERS];

/* The chain's i-th layer from the top; layers[] is top first. */
static void make_layer(size_t i)
{
	static char names[LAYERS][LAYER_NAME_SIZE];
	static char data[BLOCK_SIZE];
	auto_of(disk) disk = NULL;
	struct error err = { 0 };

	layer_name_new(LAYER_QCOW2, names[i]);
	layers[i] = (struct layer_ref){ names[i], LAYER_QCOW2 };
	good(layer_create(chain, names[i],
			  i + 1 < LAYERS ? &layers[i + 1] : NULL,
			  BLOCKS * (uint64_t)BLOCK_SIZE, &err));
	good(disk_open_write(chain, &layers[i], &disk, &err));
	memset(data, (int)i + 1, sizeof(data));
	for (size_t n = 0; n < WRITES; n++) {
		uint64_t block = (uint64_t)rand() % BLOCKS;
		size_t size = rand() % 2 ? BLOCK_SIZE : 4096;
		uint64_t at = rand() % (BLOCK_SIZE - size + 1);

		good(disk_write(disk, data, size,
				block * BLOCK_SIZE + at / 512 * 512, &err));
		words[i][block] = DATA;
	}
	good(disk_flush(disk, &err));
	disk_close(take(disk));
	/* whole blocks of zeros, as a guest's discard leaves them */
	for (size_t n = 0; n < WRITES / 4; n++) {
		uint64_t block = (uint64_t)rand() % BLOCKS;
		char command[80];

		snprintf(command, sizeof(command), "write -z %" PRIu64 " %u",
			 block * BLOCK_SIZE, BLOCK_SIZE);
		run("qemu-io", "-f", "qcow2", "-c", command,
		    keep(layer_path(chain, names[i])));
		words[i][block] = ZERO;
	}
}

static bool shows_data(uint64_t block)
{
	for (size_t i = 0; i < LAYERS; i++)
		if (words[i][block] != SILENT)
			return words[i][block] == DATA;
	return false;
}

static void test_chain(void)
{
	auto_of(blockmap) map = NULL;
	struct error err = { 0 };
	uint64_t next = 0, count = 0;

	good(blockmap_new(BLOCKS, &map, &err));
	good(blockmap_add_data(&map, 1, chain, layers, LAYERS, &err));
	for (uint64_t block = 0; block < BLOCKS; block++) {
		check(blockmap_has(map, block) == shows_data(block));
		count += shows_data(block);
	}
	for (; next != BLOCK_NONE; count--) {
		next = blockmap_next(map, next);
		if (next == BLOCK_NONE)
			break;
		check(shows_data(next++));
	}
	check(count == 0);
}

static void test_held(void)
{
	for (size_t i = 0; i < LAYERS; i++) {
		auto_of(blockmap) map = NULL;
		struct error err = { 0 };

		good(blockmap_new(BLOCKS, &map, &err));
		good(blockmap_add_held(map, chain, &layers[i], &err));
		for (uint64_t block = 0; block < BLOCKS; block++)
			check(blockmap_has(map, block) ==
			      (words[i][block] != SILENT));
	}
}

/* A part of a block that is zeroed hides nothing of the rest. */
static void test_pieces(void)
{
	struct layer_ref two[2] = { { .format = LAYER_QCOW2 },
				    { .format = LAYER_QCOW2 } };
	char names[2][LAYER_NAME_SIZE], command[80];
	static const char data[4096] = "something";
	auto_of(blockmap) map = NULL;
	auto_of(disk) disk = NULL;
	struct error err = { 0 };

	for (int i = 1; i >= 0; i--) {
		layer_name_new(LAYER_QCOW2, names[i]);
		two[i].name = names[i];
		good(layer_create(chain, names[i], i ? NULL : &two[1],
				  BLOCKS * (uint64_t)BLOCK_SIZE, &err));
	}
	good(disk_open_write(chain, &two[1], &disk, &err));
	good(disk_write(disk, data, sizeof(data), 7 * BLOCK_SIZE, &err));
	good(disk_flush(disk, &err));
	disk_close(take(disk));
	snprintf(command, sizeof(command), "write -z %u %u",
		 7 * BLOCK_SIZE + 4096, BLOCK_SIZE - 4096);
	run("qemu-io", "-f", "qcow2", "-c", command,
	    keep(layer_path(chain, names[0])));
	good(blockmap_new(BLOCKS, &map, &err));
	good(blockmap_add_data(&map, 1, chain, two, 2, &err));
	check(blockmap_next(map, 0) == 7);
	check(blockmap_next(map, 8) == BLOCK_NONE);
}

static void test_bounds(void)
{
	auto_of(blockmap) map = NULL;
	struct error err = { 0 };

	good(blockmap_new(BLOCKS, &map, &err));
	check(!blockmap_has(map, 0) && !blockmap_has(map, BLOCKS));
	check(blockmap_next(map, 0) == BLOCK_NONE);
	check(blockmap_next(map, BLOCK_NONE) == BLOCK_NONE);
	blockmap_free(take(map));
	/* a map that is smaller than the disk forgets what lies behind */
	good(blockmap_new(BLOCKS / 2, &map, &err));
	good(blockmap_add_data(&map, 1, chain, layers, LAYERS, &err));
	for (uint64_t block = 0; block < BLOCKS / 2; block++)
		check(blockmap_has(map, block) == shows_data(block));
	check(!blockmap_has(map, BLOCKS / 2));
	/* the largest disk there is costs next to nothing while it is empty */
	blockmap_free(take(map));
	good(blockmap_new((64ULL << 40) / BLOCK_SIZE, &map, &err));
	check(blockmap_next(map, 0) == BLOCK_NONE);
}

int main(void)
{
	struct error err = { 0 };

	srand(20261121);
	good(chain_open(in_dir("layers"), &chain, &err));
	for (size_t i = LAYERS; i-- > 0;)
		make_layer(i);
	test_chain();
	test_held();
	test_pieces();
	test_bounds();
	chain_close(chain);
	return 0;
}
