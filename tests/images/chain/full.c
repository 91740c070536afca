/* full.c - a disk that fills up: the call says so and leaves nothing behind
 *
 * On a tmpfs in a mount namespace of our own, and on an ext4 in a loop device
 * where root may have one: there, only the flush finds out about some blocks.
 */
#include "tests/images/chain/testing.h"

#include <sys/statvfs.h>

#undef BLOCK_SIZE /* ours is another one */

#include "images/chain/blocks.h"
#include "images/chain/digests.h"
#include "images/chain/merge.h"
#include "tests/small-disk.h"
#include "tests/sweep.h"

static struct error err;
static struct chain *chain;
static char *place, *filler;

static void never(void *data, uint64_t block)
{
	(void)data;
	(void)block;
	check(!"a block differs");
}

/* Leaves `room` bytes free, or a little less. */
static void fill(uint64_t room)
{
	int fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	uint64_t block = MIB;
	struct statvfs fs;
	off_t size = 0;

	check(fd >= 0);
	while (block >= 1024 && /* one of a small ext4 */
	       statvfs(place, &fs) == 0 && fs.f_bavail * fs.f_frsize > room) {
		if (fs.f_bavail * fs.f_frsize - room >= block &&
		    fallocate(fd, 0, size, (off_t)block) == 0)
			size += (off_t)block;
		else
			block /= 2;
	}
	close(fd);
}

static void fill_up(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	if (done < total)
		fill(0);
}

/* Imports with `room` left, or nearly nothing from the first progress on.
 * Whether it came in. */
static bool import(const char *image, enum layer_format format, uint64_t room,
		   progress_fn progress)
{
	char name[LAYER_NAME_SIZE];
	struct disk_header header;
	int fd = reading(image);
	bool taken;

	fill(room);
	good(disk_header_read(fd, NULL, GIB, &header, &err));
	layer_name_new(format, name);
	taken = layer_import(chain, name, fd, &header, progress, NULL, &err);
	if (!taken) {
		if (err.fault != FAULT_VOLUME_CAPACITY)
			lost(__FILE__, __LINE__, image, &err);
		error_clear(&err);
		check(census(chain).files == 0);
	} else {
		run("qemu-img", "compare", "-q", "-f",
		    layer_format_name(format), "-F", layer_format_name(format),
		    keep(layer_path(chain, name)), image);
		check(census(chain).files == 1);
		good(layer_remove(chain, name, &err));
	}
	close(fd);
	check(unlink(filler) == 0);
	return taken;
}

/* Makes a layer with `room` left. Whether it was made. */
static bool create(uint64_t room)
{
	char name[LAYER_NAME_SIZE];
	bool made;

	fill(room);
	layer_name_new(LAYER_QCOW2, name);
	made = layer_create(chain, name, NULL, GIB, &err);
	if (!made && err.fault != FAULT_VOLUME_CAPACITY)
		lost(__FILE__, __LINE__, "create", &err);
	error_clear(&err);
	check(census(chain).files == (made ? 1 : 0));
	if (made) {
		run("qemu-img", "check", "-q", "-f", "qcow2",
		    keep(layer_path(chain, name)));
		good(layer_remove(chain, name, &err));
	}
	check(unlink(filler) == 0);
	return made;
}

/* P <- D <- C, D and C with data of their own in part at the same places. */
struct trio {
	char names[3][LAYER_NAME_SIZE];
	struct layer_ref layers[3];
	char *shows; /* what C shows, elsewhere */
};

static char *path_of(const struct trio *trio, unsigned i)
{
	return keep(layer_path(chain, trio->names[i]));
}

static void make_trio(struct trio *trio)
{
	static const char *const writes[3][2] = {
		{ "write -q -P 1 0 2M", "write -q -P 2 30M 1M" },
		{ "write -q -P 3 1M 3M", "write -q -P 4 20M 64k" },
		{ "write -q -P 5 3M 3M", "write -q -P 6 10M 12k" },
	};

	for (unsigned i = 0; i < 3; i++) {
		struct layer_ref *layer = trio->layers + i;

		layer_name_new(LAYER_QCOW2, trio->names[i]);
		*layer = (struct layer_ref){ trio->names[i], LAYER_QCOW2 };
		good(layer_create(chain, layer->name, i ? layer - 1 : NULL,
				  32 * MIB + i * MIB, &err));
		run("qemu-io", "-f", "qcow2", "-c", writes[i][0], "-c",
		    writes[i][1], path_of(trio, i));
		good(layer_freeze(chain, layer->name, &err));
	}
	trio->shows = in_dir("shows");
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path_of(trio, 2),
	    trio->shows);
}

static void still_shows(const struct trio *trio)
{
	run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw",
	    path_of(trio, 2), trio->shows);
}

static bool merge(const struct trio *trio, bool push)
{
	return push ? merge_push(chain, trio->layers + 2, trio->layers + 1,
				 &err) :
		      merge_pull(chain, trio->layers + 2, trio->layers, NULL,
				 &err);
}

/* Merges with `room` left, and again with enough. Whether it worked at once.
 */
static bool merges(bool push, uint64_t room)
{
	struct trio trio;
	bool merged;

	make_trio(&trio);
	fill(room);
	merged = merge(&trio, push);
	if (!merged) {
		if (err.fault != FAULT_VOLUME_CAPACITY)
			lost(__FILE__, __LINE__, push ? "push" : "pull", &err);
		error_clear(&err);
		check(census(chain).files == 3);
		check(census(chain).drafts == 0);
		still_shows(&trio);
	}
	check(unlink(filler) == 0);
	good(merge(&trio, push));
	still_shows(&trio);
	run("qemu-img", "check", "-q", "-f", "qcow2", path_of(&trio, 2));
	for (unsigned i = 3; i > 0; i--)
		good(layer_remove(chain, trio.names[i - 1], &err));
	check(census(chain).files == 0);
	return merged;
}

/* Makes and merges lists with `room` left; half a list is never there. */
static bool digests(uint64_t room)
{
	struct trio trio;
	bool made = true;

	make_trio(&trio);
	good(digests_make(chain, trio.layers, &err));
	fill(room);
	for (unsigned i = 1; i < 3 && made; i++) {
		made = digests_make(chain, trio.layers + i, &err);
		check(made == digests_exist(chain, trio.names[i]));
	}
	if (made)
		made = digests_merge(chain, trio.names[2], trio.names[1], &err);
	if (!made && err.fault != FAULT_VOLUME_CAPACITY)
		lost(__FILE__, __LINE__, "digests", &err);
	error_clear(&err);
	check(unlink(filler) == 0);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t block = 0;

		good(digests_make(chain, trio.layers + i, &err));
		good(digests_verify(chain, trio.layers + i, 0, &block, never,
				    NULL, &err));
		good(digests_remove(chain, trio.names[i], &err));
	}
	for (unsigned i = 3; i > 0; i--)
		good(layer_remove(chain, trio.names[i - 1], &err));
	return made;
}

/* A disk that fills while it is written says so, and what was flushed before
 * stays. */
static void writing(void)
{
	static uint8_t data[8 * MIB];
	char name[LAYER_NAME_SIZE];
	struct layer_ref layer = { name, LAYER_QCOW2 };
	struct disk *disk;

	layer_name_new(LAYER_QCOW2, name);
	good(layer_create(chain, name, NULL, 32 * MIB, &err));
	good(disk_open_write(chain, &layer, &disk, &err));
	memset(data, 7, sizeof(data));
	good(disk_write(disk, data, MIB, 0, &err));
	good(disk_flush(disk, &err));
	fill(3 * MIB);
	if (disk_write(disk, data, sizeof(data), 8 * MIB, &err))
		bad(VOLUME_CAPACITY, "No space", disk_flush(disk, &err));
	else
		check(err.fault == FAULT_VOLUME_CAPACITY);
	error_clear(&err);
	check(unlink(filler) == 0);
	good(disk_write(disk, data, sizeof(data), 8 * MIB, &err));
	good(disk_flush(disk, &err));
	disk_close(disk);
	run("qemu-io", "-f", "qcow2", "-c", "read -q -P 7 0 1M", "-c",
	    "read -q -P 7 8M 8M", keep(layer_path(chain, name)));
	good(layer_remove(chain, name, &err));
}

static void merging(void)
{
	unsigned worked[3] = { 0 }, levels = 0;

	for (uint64_t room = 0; room < 10 * MIB;
	     room += sampled(2600, 650) * 1024, levels++) {
		worked[0] += merges(true, room);
		worked[1] += merges(false, room);
	}
	check(worked[0] > 0 && worked[0] < levels);
	check(worked[1] > 0 && worked[1] < levels);
	check(!digests(0) && digests(2 * MIB));
	for (uint64_t room = 0; room < 32 * 1024; room += sampled(16384, 4096))
		digests(room);
	writing();
}

static void on_this(const char *raw, const char *qcow2)
{
	unsigned made = 0, levels = 0;

	good(chain_open(keep(format_text("%s/layers", place)), &chain, &err));
	check(import(raw, LAYER_RAW, 32 * MIB, NULL));
	check(import(qcow2, LAYER_QCOW2, 32 * MIB, NULL));
	check(!import(raw, LAYER_RAW, MIB, NULL));
	check(!import(qcow2, LAYER_QCOW2, MIB, NULL));
	/* a race that either may win, but not by leaving something behind */
	for (unsigned i = 0; i < sampled(1, 3); i++) {
		import(raw, LAYER_RAW, 32 * MIB, fill_up);
		import(qcow2, LAYER_QCOW2, 32 * MIB, fill_up);
	}
	for (uint64_t room = 0; room < 12 * MIB;
	     room += sampled(2400, 600) * 1024, levels++)
		made += import(raw, LAYER_RAW, room, NULL);
	for (uint64_t room = 0; room < 12 * MIB;
	     room += sampled(2400, 600) * 1024, levels++)
		made += import(qcow2, LAYER_QCOW2, room, NULL);
	for (uint64_t room = 0; room < 64 * 1024;
	     room += sampled(16384, 4096), levels++)
		made += create(room);
	check(made > 1 && made < levels - 1);
	check(import(raw, LAYER_RAW, 32 * MIB, NULL));
	check(create(MIB));
	merging();
	chain_close(chain);
}

static bool loop_mounted(void)
{
	const char *const make[] = { "mkfs.ext4",	  "-q", "-m", "0",
				     in_dir("disk.ext4"), NULL };
	const char *const attach[] = { "mount", "-o",
				       "loop",	in_dir("disk.ext4"),
				       place,	NULL };
	struct process first = { .argv = make }, second = { .argv = attach };
	bool mounted;

	make_file(in_dir("disk.ext4"), "", 0, 48 * MIB);
	mounted = process_run(&first, NULL, &err) &&
		  process_run(&second, NULL, &err);
	error_clear(&err);
	return mounted;
}

int main(void)
{
	char *raw = in_dir("image.raw"), *qcow2 = in_dir("image.qcow2");

	make_disk(raw, 20 * MIB);
	run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw,
	    qcow2);
	place = in_dir("small");
	filler = keep(format_text("%s/filler", place));
	check(mkdir(place, 0755) == 0);
	if (!small_disk(place, "size=40m,mode=755"))
		skip("needs to mount a tmpfs");
	on_this(raw, qcow2);
	check(umount(place) == 0);
	if (!loop_mounted()) {
		fprintf(stderr, "without ext4: no loop device to mount\n");
		return 0;
	}
	on_this(raw, qcow2);
	check(umount(place) == 0);
	return 0;
}
