/* farreader.c - blocks of a region in any order, from a made-up one that is cut
 * off, damaged and taken away, and from a store, by its directory and through a
 * wire
 */
#include "images/farreader.h"

#include <pthread.h>
#include <sys/socket.h>

#include "images/farask.h"
#include "images/farserve.h"
#include "tests/images/testing.h"

#define SNAP "snap-0123456789abcdef0"
#define BLOCKS 96
#define THREADS 6
#define NEVER UINT64_MAX

/* A region with a disk, each block of which is full of its number. Its calls
 * come from one thread, in the order that they have to. */
struct made_up {
	struct far far;
	struct far_disk disk;
	pthread_t thread;
	bool opened, disk_opened;
	uint64_t ring[FAR_AHEAD];
	unsigned first, count;

	/* what it does */
	enum fault away, fault; /* cannot be opened; what fails fails so */
	uint64_t cut;		/* after so many reads; 0: never */
	uint64_t damaged;	/* a block */
	unsigned heals;		/* after so many tries */
	bool gone;
	uint64_t size;

	/* what was done with it */
	uint64_t opens, reads, most;
	uint64_t order[BLOCKS * 4];
};

static struct made_up *it_of(const struct far_disk *disk)
{
	return (struct made_up *)((uintptr_t)disk -
				  offsetof(struct made_up, disk));
}

static void check_thread(const struct made_up *it)
{
	check(pthread_equal(it->thread, pthread_self()));
}

static bool made_up_want(struct far_disk *disk, uint64_t block,
			 struct error *failed)
{
	struct made_up *it = it_of(disk);

	(void)failed;
	check_thread(it);
	check(it->disk_opened && it->count < FAR_AHEAD);
	it->ring[(it->first + it->count++) % FAR_AHEAD] = block;
	if (it->count > it->most)
		it->most = it->count;
	return true;
}

static bool made_up_read(struct far_disk *disk, uint64_t block,
			 uint8_t *ret_data, struct error *failed)
{
	struct made_up *it = it_of(disk);

	check_thread(it);
	check(it->disk_opened && it->count && it->ring[it->first] == block);
	it->order[it->reads++ % (BLOCKS * 4)] = block;
	if (it->cut && it->reads % it->cut == 0)
		return fail(failed, it->fault, "cut off");
	if (block == it->damaged && !it->heals--) {
		it->heals = 0;
		return fail(failed, FAULT_INTERNAL, "block is damaged");
	}
	it->first = (it->first + 1) % FAR_AHEAD;
	it->count--;
	memset(ret_data, 0x20 + (int)block, BLOCK_SIZE);
	return true;
}

static void made_up_disk_close(struct far_disk *disk)
{
	struct made_up *it = it_of(disk);

	check_thread(it);
	check(it->disk_opened);
	it->disk_opened = false;
	it->first = it->count = 0;
}

static const struct far_disk_ops disk_ops = {
	.want = made_up_want,
	.read = made_up_read,
	.close = made_up_disk_close,
};

static bool made_up_open_disk(struct far *far, const char *snapshot,
			      const char *content, struct far_disk **ret_disk,
			      struct error *failed)
{
	struct made_up *it = (struct made_up *)far;

	(void)failed;
	check_thread(it);
	check(it->opened && !it->disk_opened);
	check(strcmp(snapshot, SNAP) == 0 && strcmp(content, "layer") == 0);
	*ret_disk = it->gone ? NULL : &it->disk;
	it->disk_opened = !it->gone;
	it->disk.ops = &disk_ops;
	it->disk.size = it->size;
	return true;
}

static void made_up_close(struct far *far)
{
	struct made_up *it = (struct made_up *)far;

	check_thread(it);
	check(it->opened && !it->disk_opened);
	it->opened = false;
}

static const struct far_ops ops = {
	.open = made_up_open_disk,
	.close = made_up_close,
};

static bool made_up_open(void *data, struct far **ret_far, struct error *failed)
{
	struct made_up *it = data;

	if (it->away)
		return fail(failed, it->away, "it is away");
	check(!it->opened);
	it->thread = pthread_self();
	it->far.ops = &ops;
	it->opened = true;
	it->opens++;
	*ret_far = &it->far;
	return true;
}

#define MADE_UP                                        \
	{                                              \
		.fault = FAULT_UNAVAILABLE,            \
		.damaged = NEVER,                      \
		.size = BLOCKS * (uint64_t)BLOCK_SIZE, \
	}
#define ORIGIN(it) { made_up_open, &(it), SNAP, "layer" }

static bool reads(struct far_reader *reader, uint64_t block)
{
	auto_free uint8_t *data = malloc(BLOCK_SIZE);
	struct error failed = { 0 };

	if (!far_reader_read(reader, block, data, &failed)) {
		err = failed;
		return false;
	}
	for (size_t i = 0; i < BLOCK_SIZE; i++)
		check(data[i] == (uint8_t)(0x20 + (int)block));
	return true;
}

/* What was wanted is under way, and what is read goes before the rest of it. */
static void test_order(void)
{
	struct made_up it = MADE_UP;
	const struct far_origin origin = ORIGIN(it);
	auto_of(far_reader) reader = NULL;

	good(far_reader_open(&origin, &reader, &err));
	check(reader && far_reader_size(reader) == it.size);
	good(reads(reader, 90));
	good(reads(reader, 3));
	good(reads(reader, 3));
	check(it.reads == 3 && it.order[0] == 90 && it.order[1] == 3);
	for (uint64_t i = 0; i < BLOCKS; i++)
		far_reader_want(reader, i);
	for (uint64_t i = 0; i < BLOCKS; i++) {
		good(reads(reader, i));
		for (uint64_t k = 1; k <= FAR_READER_AHEAD; k++)
			if (i + k < BLOCKS)
				far_reader_want(reader, i + k);
	}
	check(it.most <= FAR_READER_AHEAD + 1 && it.opens == 1);
	far_reader_close(take(reader));
	check(!it.opened);
}

struct many {
	struct far_reader *reader;
	unsigned seed;
	bool ahead;
};

static void *read_many(void *data)
{
	const struct many *many = data;
	unsigned seed = many->seed;

	for (unsigned i = 0; i < 60; i++) {
		uint64_t block;

		seed = seed * 1103515245 + 12345;
		block = (seed >> 16) % BLOCKS;
		if (many->ahead)
			far_reader_want(many->reader, (block * 7) % BLOCKS);
		good(reads(many->reader, block));
	}
	return NULL;
}

/* Many at a time, and a connection that never lasts. */
static void test_many(uint64_t cut, enum fault fault)
{
	struct made_up it = MADE_UP;
	const struct far_origin origin = ORIGIN(it);
	auto_of(far_reader) reader = NULL;
	pthread_t threads[THREADS];
	struct many many[THREADS];

	it.cut = cut;
	it.fault = fault;
	good(far_reader_open(&origin, &reader, &err));
	for (unsigned i = 0; i < THREADS; i++) {
		many[i] = (struct many){ reader, i + 1, i % 2 == 0 };
		check(pthread_create(threads + i, NULL, read_many, many + i) ==
		      0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	far_reader_close(take(reader));
	/* the last one may have been of a block that nobody came for */
	check(it.most <= FAR_AHEAD && it.opens >= it.reads / cut &&
	      it.opens <= 1 + it.reads / cut);
}

/* A damaged block is nobody else's matter, and may be mended. */
static void test_damage(void)
{
	struct made_up it = MADE_UP;
	const struct far_origin origin = ORIGIN(it);
	auto_of(far_reader) reader = NULL;

	it.damaged = 5;
	good(far_reader_open(&origin, &reader, &err));
	for (uint64_t i = 4; i < 4 + FAR_READER_AHEAD; i++)
		far_reader_want(reader, i);
	good(reads(reader, 4));
	bad(INTERNAL, "is damaged", reads(reader, 5));
	good(reads(reader, 6));
	bad(INTERNAL, "is damaged", reads(reader, 5));
	it.heals = 1;
	good(reads(reader, 5));
}

static bool ask_size(void *data, struct far_disk *disk, struct error *failed)
{
	struct made_up *it = it_of(disk);
	unsigned *tries = data;

	check_thread(it);
	check(!it->count);
	return (*tries)-- == 0 || fail(failed, it->fault, "no answer");
}

/* A region that is away, whose disk is gone, or is another one. */
static void test_away(void)
{
	struct made_up it = MADE_UP;
	const struct far_origin origin = ORIGIN(it);
	auto_of(far_reader) reader = NULL;
	unsigned tries = 1;

	it.away = FAULT_UNAVAILABLE;
	bad(UNAVAILABLE, "it is away", far_reader_open(&origin, &reader, &err));
	it.away = FAULT_NONE;
	it.gone = true;
	good(far_reader_open(&origin, &reader, &err));
	check(!reader && !it.opened);
	it.gone = false;
	good(far_reader_open(&origin, &reader, &err));
	for (uint64_t i = 1; i < 4; i++)
		far_reader_want(reader, i);
	good(far_reader_ask(reader, ask_size, &tries, &err));
	for (uint64_t i = 1; i < 4; i++)
		good(reads(reader, i));
	tries = 2;
	bad(UNAVAILABLE, "no answer",
	    far_reader_ask(reader, ask_size, &tries, &err));
	it.fault = FAULT_INTERNAL;
	tries = 1;
	bad(INTERNAL, "no answer",
	    far_reader_ask(reader, ask_size, &tries, &err));
	it.away = FAULT_UNAVAILABLE;
	bad(UNAVAILABLE, "it is away", reads(reader, 2));
	it.away = FAULT_NONE;
	good(reads(reader, 2));
	it.fault = FAULT_UNAVAILABLE;
	it.cut = 1;
	it.gone = true;
	bad(SNAPSHOT_NOT_FOUND, "is gone", reads(reader, 9));
	it.gone = false;
	it.size /= 2;
	bad(INTERNAL, "another size", reads(reader, 9));
	it.size *= 2;
	it.cut = 0;
	good(reads(reader, 9));
}

/* A store here, as it is reached. */
struct near {
	char *content;
	bool wire;
	int ends[2];
	pthread_t thread;
};

static void *serve(void *data)
{
	struct near *near = data;
	const struct far_serving serving = { .store = call.store->path };
	struct wire wire = WIRE_INIT;
	struct error failed = { 0 };

	wire.in = wire.out = near->ends[1];
	wire.seconds = 60;
	(void)!far_serve(&call, &serving, &wire, &failed);
	wire_done(&wire);
	shutdown(near->ends[1], SHUT_RDWR);
	return NULL;
}

static void hang_up(void *data, struct wire *wire)
{
	struct near *near = data;

	(void)wire;
	shutdown(near->ends[0], SHUT_RDWR);
	pthread_join(near->thread, NULL);
	close(near->ends[0]);
	close(near->ends[1]);
}

static bool near_open(void *data, struct far **ret_far, struct error *failed)
{
	struct near *near = data;
	struct wire wire = WIRE_INIT;

	if (!near->wire)
		return far_dir_open(&call, call.store->path, ret_far, failed);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, near->ends) == 0);
	check(pthread_create(&near->thread, NULL, serve, near) == 0);
	wire.in = wire.out = near->ends[0];
	wire.seconds = 60;
	return far_ask(&wire, "", hang_up, near, ret_far, failed);
}

/* Every block of a snapshot, back to front; where there is a wire it is cut
 * now and then. */
static void read_store(char *content, bool wire)
{
	struct near near = { .content = content, .wire = wire };
	const struct far_origin origin = { near_open, &near, SNAP, content };
	static uint8_t data[BLOCK_SIZE];
	auto_of(far_reader) reader = NULL;

	good(far_reader_open(&origin, &reader, &err));
	check(far_reader_size(reader) == GIB);
	for (uint64_t i = 8; i-- > 0;) {
		if (wire && i % 3 == 1)
			shutdown(near.ends[i % 2], SHUT_RDWR);
		if (i)
			far_reader_want(reader, i - 1);
		good(far_reader_read(reader, i, data, &err));
		for (size_t k = 0; k < BLOCK_SIZE; k += CLUSTER) {
			/* clusters 0, 9 and 18 */
			uint64_t at = i * BLOCK_SIZE / CLUSTER + k / CLUSTER;
			bool full = at == 0 || at == 9 || at == 18;

			check(data[k] == (full ? 0x5a : 0) &&
			      data[k + CLUSTER - 1] == data[k]);
		}
	}
}

int main(void)
{
	char layer[LAYER_NAME_SIZE];

	test_order();
	test_many(5, FAULT_UNAVAILABLE);
	test_many(7, FAULT_INTERNAL);
	test_damage();
	test_away();
	store_new();
	make_layer(layer, NULL, SNAP, "09B", 0x5a);
	read_store(layer, false);
	read_store(layer, true);
	store_close(call.store);
	return 0;
}
