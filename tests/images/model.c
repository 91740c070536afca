/* model.c - random operations on volumes and snapshots against a model
 *
 * The model holds the bytes of some windows of each disk; the windows lie
 * where disks begin, where they end and where they are grown. After each
 * operation every snapshot and volume is read by a reader of our own (header,
 * L1, L2, backing name, as docs/interop/qcow2.txt has them), which shares no
 * line with the program; now and then by QEMU as well, byte by byte.
 *
 *   model [OPERATIONS [SEED]]
 *
 * The same seed makes the same operations: tests/torture/model.sh gives others.
 */
#include <endian.h>

#include "images/chain/blocks.h"
#include "images/freeze.h"
#include "images/fsck.h"
#include "images/layers.h"
#include "images/registry/volume.h"
#include "images/snapshot.h"
#include "images/space.h"
#include "images/tend.h"
#include "images/volume.h"
#include "launcher/instance/modify.h"
#include "launcher/instance/recover.h"
#include "tests/images/testing.h"

#define OPERATIONS 150
#define SEED 20261122
#define QEMU_EVERY 30
#define DISKS 64
#define VOLUMES 5
#define GIB_MOST 4

#define WINDOW (192 * 1024ULL)
static const uint64_t windows[] = {
	0,
	300 * MIB + 4096 + 512,
	GIB - 96 * 1024,
	2 * GIB - 96 * 1024,
};
#define WINDOWS (sizeof(windows) / sizeof(*windows))

/* A volume or snapshot, and what it shows. */
struct disk_model {
	char id[ID_SIZE]; /* "" for a free place */
	bool is_volume;
	unsigned image; /* how many images use the snapshot */
	uint64_t size;	/* bytes */
	uint8_t *bytes; /* the windows, one after the other */
};

/* An image over some snapshots. */
struct image_model {
	char id[ID_SIZE];
	struct disk_model *disks[3];
	size_t count;
};

static struct disk_model disks[DISKS];
static struct image_model images[8];
static uint64_t noise;
static unsigned done[16];

static uint32_t draw(uint32_t below)
{
	noise ^= noise << 13;
	noise ^= noise >> 7;
	noise ^= noise << 17;
	return (uint32_t)((noise >> 16) % below);
}

static struct disk_model *place(void)
{
	for (size_t i = 0; i < DISKS; i++)
		if (!disks[i].id[0])
			return &disks[i];
	return NULL;
}

static void forget(struct disk_model *disk)
{
	free(disk->bytes);
	*disk = (struct disk_model){ .is_volume = false };
}

/* A volume or snapshot drawn from those there are; NULL when there is none. */
static struct disk_model *any(bool is_volume)
{
	struct disk_model *found[DISKS];
	uint32_t count = 0;

	for (size_t i = 0; i < DISKS; i++)
		if (disks[i].id[0] && disks[i].is_volume == is_volume)
			found[count++] = &disks[i];
	return count ? found[draw(count)] : NULL;
}

static unsigned count_of(bool is_volume)
{
	unsigned count = 0;

	for (size_t i = 0; i < DISKS; i++)
		count += disks[i].id[0] && disks[i].is_volume == is_volume;
	return count;
}

/* A new disk that shows what another one shows (NULL: nothing). */
static struct disk_model *copy(const struct disk_model *from, bool is_volume,
			       const char *id)
{
	struct disk_model *disk = place();

	check(disk);
	*disk = (struct disk_model){
		.is_volume = is_volume,
		.size = from ? from->size : GIB,
		.bytes = calloc(WINDOWS, WINDOW),
	};
	check(disk->bytes);
	if (from)
		memcpy(disk->bytes, from->bytes, WINDOWS * WINDOW);
	snprintf(disk->id, sizeof(disk->id), "%s", id);
	return disk;
}

/* The layer of a disk. */
static struct layer_ref layer_of(const struct disk_model *disk,
				 struct arena *arena)
{
	struct snapshot snapshot;
	struct volume volume;
	bool found;

	if (disk->is_volume)
		good(volume_get(call.store->db, disk->id, arena, &volume,
				&found, &err));
	else
		good(snapshot_get(call.store->db, disk->id, arena, &snapshot,
				  &found, &err));
	check(found);
	return (struct layer_ref){ disk->is_volume ? volume.layer :
						     snapshot.layer,
				   LAYER_QCOW2 };
}

/* How much of a window a disk of that size has. */
static uint64_t within(const struct disk_model *disk, size_t window)
{
	uint64_t left =
		disk->size > windows[window] ? disk->size - windows[window] : 0;

	return left < WINDOW ? left : WINDOW;
}

/* The reader: a chain of qcow2 files, opened by their headers. */
struct file {
	int fd;
	unsigned bits;
	uint64_t size, l1;
	uint32_t l1_count;
	bool extended;	/* entries tell of 32 parts of a cluster each */
	uint64_t l2_at; /* the table in `l2`, 0: none */
	uint64_t *l2;
};

static struct file chain[256];
static size_t chain_count;

static uint64_t big64(const void *at)
{
	uint64_t raw;

	memcpy(&raw, at, sizeof(raw));
	return be64toh(raw);
}

static uint32_t big32(const void *at)
{
	uint32_t raw;

	memcpy(&raw, at, sizeof(raw));
	return be32toh(raw);
}

static void chain_done(void)
{
	while (chain_count) {
		close(chain[--chain_count].fd);
		free(chain[chain_count].l2);
	}
}

static void chain_read(const char *name)
{
	char next[64];

	snprintf(next, sizeof(next), "%s", name);
	while (next[0]) {
		struct file *file = &chain[chain_count++];
		auto_free char *path = layer_path(call.store->chain, next);
		uint8_t head[512];
		uint32_t length;

		check(chain_count < sizeof(chain) / sizeof(*chain));
		*file = (struct file){ .fd = reading(path) };
		check(pread(file->fd, head, sizeof(head), 0) == sizeof(head));
		check(memcmp(head, "QFI\xfb", 4) == 0);
		check((big64(head + 72) & ~16ULL) == 0); /* no others */
		file->extended = big64(head + 72) & 16;
		file->bits = big32(head + 20);
		file->size = big64(head + 24);
		file->l1_count = big32(head + 36);
		file->l1 = big64(head + 40);
		file->l2 = malloc(1UL << file->bits);
		length = big32(head + 16);
		check(file->l2 && length < sizeof(next));
		check(pread(file->fd, next, length, (off_t)big64(head + 8)) ==
		      (ssize_t)length);
		next[length] = 0;
	}
}

/* Where a byte of the disk lies in a file: 0 nowhere, 1 it is zero. */
static uint64_t find_byte(struct file *file, uint64_t offset)
{
	uint64_t cluster = offset >> file->bits;
	uint64_t inside = offset & ((1ULL << file->bits) - 1);
	uint64_t width = file->extended ? 16 : 8;
	uint64_t entries = (1ULL << file->bits) / width, table, entry, parts,
		 at;
	unsigned part = (unsigned)(inside >> (file->bits - 5));

	if (cluster / entries >= file->l1_count)
		return 0;
	check(pread(file->fd, &table, 8,
		    (off_t)(file->l1 + cluster / entries * 8)) == 8);
	table = be64toh(table) & 0x00fffffffffffe00ULL;
	if (!table)
		return 0;
	if (table != file->l2_at)
		check(pread(file->fd, file->l2, 1UL << file->bits,
			    (off_t)table) == (ssize_t)(1L << file->bits));
	file->l2_at = table;
	entry = be64toh(file->l2[cluster % entries * width / 8]);
	check(!(entry & (1ULL << 62))); /* nothing is compressed */
	at = entry & 0x00fffffffffffe00ULL;
	if (!file->extended)
		return entry & 1 ? 1 : at ? at + inside : 0;
	parts = be64toh(file->l2[cluster % entries * 2 + 1]);
	if (parts >> (32 + part) & 1)
		return 1;
	return parts >> part & 1 ? at + inside : 0;
}

/* Reads what lies within 4 KiB through the chain. */
static void read_piece(uint8_t *data, size_t size, uint64_t offset)
{
	memset(data, 0, size);
	for (size_t i = 0; i < chain_count; i++) {
		struct file *file = &chain[i];
		uint64_t at;

		if (offset >= file->size)
			return;
		if (size > file->size - offset)
			size = file->size - offset;
		at = find_byte(file, offset);
		if (at == 1)
			return;
		if (!at)
			continue;
		/* a file may end within its last cluster */
		check(pread(file->fd, data, size, (off_t)at) >= 0);
		return;
	}
}

static void differs(const struct disk_model *disk, const char *reader,
		    size_t window, const uint8_t *got, uint64_t size)
{
	const uint8_t *wanted = disk->bytes + window * WINDOW;
	uint64_t at = 0;

	while (at < size && got[at] == wanted[at])
		at++;
	if (at == size)
		return;
	fprintf(stderr, "%s by %s: byte %ju is %02x, not %02x\n", disk->id,
		reader, (uintmax_t)(windows[window] + at), got[at], wanted[at]);
	check(!"the disk shows what the model has");
}

static void compare(const struct disk_model *disk)
{
	static uint8_t got[WINDOW];
	auto_of(arena) arena = arena_new();

	chain_read(layer_of(disk, arena).name);
	check(chain[0].size == disk->size);
	for (size_t window = 0; window < WINDOWS; window++) {
		uint64_t size = within(disk, window), at = 0;

		while (at < size) {
			uint64_t offset = windows[window] + at;
			uint64_t piece = 4096 - offset % 4096;

			if (piece > size - at)
				piece = size - at;
			read_piece(got + at, piece, offset);
			at += piece;
		}
		differs(disk, "the reader", window, got, size);
	}
	chain_done();
}

static void compare_qemu(const struct disk_model *disk)
{
	static uint8_t got[WINDOW];
	auto_of(arena) arena = arena_new();
	struct layer_ref layer = layer_of(disk, arena);
	auto_of(disk) open = NULL;

	good(disk_open(call.store->chain, &layer, &open, &err));
	check(disk_size(open) == disk->size);
	for (size_t window = 0; window < WINDOWS; window++) {
		uint64_t size = within(disk, window);

		if (size)
			good(disk_read(open, got, size, windows[window], &err));
		differs(disk, "QEMU", window, got, size);
	}
}

static void complain(void *data, const struct finding *finding)
{
	(void)data;
	if (!finding->note)
		fprintf(stderr, "fsck: %s: %s\n", finding->subject,
			finding->text);
}

static void compare_all(bool qemu)
{
	struct fsck fsck = { .found = complain };

	for (size_t i = 0; i < DISKS; i++) {
		if (!disks[i].id[0])
			continue;
		compare(&disks[i]);
		if (qemu)
			compare_qemu(&disks[i]);
	}
	if (!qemu)
		return;
	good(fsck_run(&call, &fsck, &err));
	check(!fsck.faults);
}

/* The operations. Each returns false when there is nothing to do it with. */
static bool do_create(void)
{
	struct disk_model *from = draw(3) ? any(false) : NULL;
	struct volume_request request = {
		.zone = "us-east-1a",
		.type = "gp2",
		.snapshot = from ? from->id : NULL,
		.size = from ? (int64_t)(from->size / GIB) : 1,
	};
	struct disk_model *disk;
	char id[ID_SIZE];

	if (count_of(true) == VOLUMES)
		return false;
	if (from && request.size < GIB_MOST && !draw(3))
		request.size++;
	good(volume_create(&call, &request, id, &err));
	disk = copy(from, true, id);
	disk->size = (uint64_t)request.size * GIB;
	return true;
}

static bool do_write(void)
{
	struct disk_model *disk = any(true);
	auto_of(arena) arena = arena_new();
	auto_of(disk) open = NULL;
	struct layer_ref layer;

	if (!disk)
		return false;
	layer = layer_of(disk, arena);
	good(disk_open_write(call.store->chain, &layer, &open, &err));
	for (uint32_t writes = 1 + draw(6); writes; writes--) {
		size_t window = draw(WINDOWS);
		uint64_t room = within(disk, window), from, size;
		uint8_t *to;

		if (!room)
			continue;
		from = draw((uint32_t)room);
		size = 1 + draw((uint32_t)(room - from));
		if (draw(2) && size > 5000)
			size = 5000;
		to = disk->bytes + window * WINDOW + from;
		for (uint64_t i = 0; i < size; i++)
			to[i] = (uint8_t)draw(256);
		good(disk_write(open, to, size, windows[window] + from, &err));
	}
	good(disk_flush(open, &err));
	return true;
}

static bool do_snapshot(void)
{
	struct disk_model *disk = any(true);
	char id[ID_SIZE];
	struct snapshot_request request = { .volume = disk ? disk->id : NULL };

	if (!disk || count_of(false) > DISKS / 2)
		return false;
	good(snapshot_create(&call, &request, id, &err));
	copy(disk, false, id);
	return true;
}

/* Several volumes at once. */
static bool do_snapshots(void)
{
	struct disk_model *from[VOLUMES];
	struct shot shots[VOLUMES];
	char ids[VOLUMES][ID_SIZE];
	size_t count = 0;

	if (count_of(true) < 2 || count_of(false) > DISKS / 2)
		return false;
	for (size_t i = 0; i < DISKS; i++) {
		if (!disks[i].id[0] || !disks[i].is_volume)
			continue;
		id_new("snap", ids[count]);
		shots[count] = (struct shot){
			.volume = disks[i].id,
			.snapshot = ids[count],
			.description = "",
		};
		from[count++] = &disks[i];
	}
	good(freeze_volumes(&call, shots, count, NULL, NULL, &err));
	for (size_t i = 0; i < count; i++)
		copy(from[i], false, ids[i]);
	return true;
}

static bool do_delete_snapshot(void)
{
	struct disk_model *disk = any(false);

	if (!disk)
		return false;
	if (disk->image) {
		bad(SNAPSHOT_IN_USE, disk->id,
		    snapshot_erase(&call, disk->id, &err));
		return true;
	}
	good(snapshot_erase(&call, disk->id, &err));
	forget(disk);
	return true;
}

static bool do_delete_volume(void)
{
	struct disk_model *disk = any(true);

	if (!disk || count_of(true) < 2)
		return false;
	good(volume_remove(&call, disk->id, &err));
	forget(disk);
	return true;
}

static bool do_grow(void)
{
	struct disk_model *disk = any(true);
	auto_of(arena) arena = arena_new();
	struct volume_shape wanted = { .size = 0 };
	struct modification made;

	if (!disk || disk->size / GIB >= GIB_MOST)
		return false;
	wanted.size = (int64_t)(disk->size / GIB) + 1;
	good(modify_volume(&call, disk->id, &wanted, arena, &made, &err));
	disk->size += GIB;
	return true;
}

static bool do_image(void)
{
	static unsigned number;
	struct image_model *image = NULL;
	struct mapping mappings[3] = { { 0 } };
	struct image_request request = {
		.architecture = "x86_64",
		.root_device_name = "/dev/sda1",
		.mappings = mappings,
	};
	auto_free char *name = format_text("model %u", ++number);
	static const char *const devices[] = { "/dev/sda1", "/dev/sdf",
					       "/dev/sdg" };

	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++)
		if (!images[i].id[0])
			image = &images[i];
	if (!image || !any(false))
		return false;
	image->count = 1 + draw(3);
	for (size_t i = 0; i < image->count; i++) {
		image->disks[i] = any(false);
		image->disks[i]->image++;
		mappings[i] = (struct mapping){
			.device = devices[i],
			.snapshot = image->disks[i]->id,
			.delete_on_termination = 1,
		};
	}
	request.name = name;
	request.mapping_count = image->count;
	good(image_register(&call, &request, image->id, &err));
	return true;
}

static bool do_deregister(void)
{
	struct image_model *image = &images[draw(8)];
	bool with = draw(2);

	if (!image->id[0])
		return false;
	good(image_deregister(&call, image->id, with, NULL, NULL, &err));
	image->id[0] = 0;
	for (size_t i = 0; i < image->count; i++)
		image->disks[i]->image--;
	for (size_t i = 0; with && i < image->count; i++)
		if (image->disks[i]->id[0] && !image->disks[i]->image)
			forget(image->disks[i]);
	return true;
}

/* A forced run; what is stored after it, and how many chains it shortened. */
static uint64_t gc(unsigned *ret_shortened)
{
	struct tend_report report;
	uint64_t total;

	good(tend_all(&call, &report, &err));
	check(!report.left);
	*ret_shortened = report.shortened;
	good(space_total(&call, &total, &err));
	return total;
}

/* A forced run; then a deletion and another one, which frees what was
 * announced, unless it copies blocks besides: the rest of a chain may be worth
 * shortening now that one layer of it is gone. */
static bool do_gc(void)
{
	struct disk_model *disk = any(false);
	auto_of(arena) arena = arena_new();
	const struct space *spaces;
	unsigned shortened;
	uint64_t before = gc(&shortened), announced, freed;
	struct tree tree;

	if (!disk || disk->image)
		return true;
	good(space_measure(&call, arena, &tree, &spaces, &err));
	announced = spaces[tree_find(&tree, layer_of(disk, arena).name)].frees;
	good(snapshot_erase(&call, disk->id, &err));
	forget(disk);
	freed = before - gc(&shortened);
	if (shortened)
		return true;
	if (freed != announced)
		fprintf(stderr, "announced %ju, freed %ju\n",
			(uintmax_t)announced, (uintmax_t)freed);
	check(freed == announced);
	return true;
}

/* The jobs that were left behind, as the runner does them. */
static bool do_jobs(void)
{
	for (;;) {
		auto_of(arena) arena = arena_new();
		struct op op;
		usec_t due;
		bool found;

		good(op_take(call.store->journal, OP_SLOW_JOB, clock_now(),
			     arena, &op, &found, &err));
		if (!found)
			return true;
		good(tend_job(&call, &op, &due, &err));
		check(!due);
	}
}

static bool do_reopen(void)
{
	store_close(call.store);
	good(store_open(in_dir("store"), NULL, &call.store, &err));
	call.action = "run-jobs"; /* which starts no runner */
	good(recover_all(&call, &err));
	call.action = "Test";
	return true;
}

static const struct operation {
	const char *name;
	bool (*make)(void);
	unsigned weight;
} operations[] = {
	{ "write", do_write, 30 },
	{ "snapshot", do_snapshot, 18 },
	{ "multi-snapshot", do_snapshots, 4 },
	{ "volume", do_create, 9 },
	{ "grow", do_grow, 3 },
	{ "delete snapshot", do_delete_snapshot, 17 },
	{ "delete volume", do_delete_volume, 4 },
	{ "image", do_image, 3 },
	{ "deregister", do_deregister, 3 },
	{ "gc", do_gc, 3 },
	{ "jobs", do_jobs, 4 },
	{ "reopen", do_reopen, 2 },
};
#define KINDS (sizeof(operations) / sizeof(*operations))

static size_t pick(void)
{
	unsigned sum = 0, at;

	for (size_t i = 0; i < KINDS; i++)
		sum += operations[i].weight;
	at = draw(sum);
	for (size_t i = 0;; i++) {
		if (at < operations[i].weight)
			return i;
		at -= operations[i].weight;
	}
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : OPERATIONS;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : SEED;

	noise = seed * 2654435761 + 1;
	printf("seed %ju\n", (uintmax_t)seed);
	fflush(stdout);
	store_new();
	do_create();
	for (long i = 0; i < count;) {
		size_t kind = pick();

		call.now = clock_now();
		if (!operations[kind].make())
			continue;
		done[kind]++;
		i++;
		compare_all(i % QEMU_EVERY == 0);
	}
	do_gc();
	compare_all(true);
	for (size_t i = 0; i < KINDS; i++)
		printf("%u %s%s", done[i], operations[i].name,
		       i + 1 < KINDS ? ", " : "\n");
	for (size_t i = 0; i < DISKS; i++)
		free(disks[i].bytes);
	store_close(call.store);
	return 0;
}
