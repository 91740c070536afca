/* map.c - a layer's map is what QEMU says of it, and damage is no crash
 *
 * Layers of every form are written at random by qemu-io, and each map is
 * compared with `qemu-img map`; then bytes of their headers and tables are
 * changed, and whatever the answer is, it comes.
 */
#include "tests/images/chain/testing.h"

#include <jansson.h>

#include "images/base/file.h"
#include "images/chain/map.h"

#define DISK (64 * MIB)
#define GRAIN 512U

static struct error err;
static struct chain *chain;
static uint32_t noise = 12345;

static uint32_t below(uint32_t most)
{
	noise = noise * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)noise * most) >> 32);
}

/* What each piece of the disk is: ' ' nothing, 'z' zeros, 'd' data. */
struct picture {
	char *pieces;
	uint64_t count;
	uint64_t end; /* of the last extent */
	unsigned extents;
	bool last_zero;
};

static void paint(struct picture *picture, uint64_t offset, uint64_t length,
		  char with)
{
	check(offset % GRAIN == 0 && length % GRAIN == 0);
	check((offset + length) / GRAIN <= picture->count);
	memset(picture->pieces + offset / GRAIN, with, length / GRAIN);
}

static bool paint_extent(void *data, const struct extent *extent,
			 struct error *unused)
{
	struct picture *picture = data;

	(void)unused;
	check(extent->length > 0 && extent->offset >= picture->end);
	check(!picture->extents || extent->offset > picture->end ||
	      extent->zero != picture->last_zero);
	picture->end = extent->offset + extent->length;
	picture->last_zero = extent->zero;
	picture->extents++;
	paint(picture, extent->offset, extent->length,
	      extent->zero ? 'z' : 'd');
	return true;
}

static void picture_init(struct picture *picture, uint64_t size)
{
	*picture = (struct picture){ .count = (size + GRAIN - 1) / GRAIN };
	picture->pieces = malloc(picture->count + 1);
	check(picture->pieces);
	memset(picture->pieces, ' ', picture->count);
	picture->pieces[picture->count] = 0;
}

/* What qemu-img says: depth 0 is the layer itself. */
static void ask_qemu(const char *path, struct picture *picture)
{
	json_t *map = json_loads(
		run("qemu-img", "map", "--output=json", "-f", "qcow2", path), 0,
		NULL);
	json_t *part;
	size_t i;

	check(map);
	json_array_foreach(map, i, part) {
		/* "zero" is true for holes of the file as well */
		bool zero = json_is_false(json_object_get(part, "data"));

		if (json_integer_value(json_object_get(part, "depth")) != 0 ||
		    json_is_false(json_object_get(part, "present")))
			continue;
		paint(picture,
		      (uint64_t)json_integer_value(
			      json_object_get(part, "start")),
		      (uint64_t)json_integer_value(
			      json_object_get(part, "length")),
		      zero ? 'z' : 'd');
	}
	json_decref(map);
}

static void same_as_qemu(const struct layer_ref *layer, uint64_t size)
{
	struct picture ours, theirs;

	picture_init(&ours, size);
	picture_init(&theirs, size);
	good(layer_map(chain, layer, paint_extent, &ours, &err));
	ask_qemu(keep(layer_path(chain, layer->name)), &theirs);
	for (uint64_t i = 0; i < ours.count; i++)
		if (ours.pieces[i] != theirs.pieces[i])
			fprintf(stderr, "at %llu: '%c', QEMU says '%c'\n",
				(unsigned long long)(i * GRAIN), ours.pieces[i],
				theirs.pieces[i]);
	check(memcmp(ours.pieces, theirs.pieces, ours.count) == 0);
	free(ours.pieces);
	free(theirs.pieces);
}

/* Writes, zeros and discards here and there. */
static void scribble(const char *path, uint64_t size, unsigned count,
		     bool packed)
{
	static const char *const verbs[] = { "write -q -P 7", "write -q -P 9",
					     "write -q -z", "write -q -z -u",
					     "discard -q" };
	const char *argv[128] = { "qemu-io", "-d", "unmap", "-f", "qcow2" };
	size_t at = 5;

	/* compression overwrites nothing */
	for (unsigned i = 1; packed && i <= 3; i++) {
		argv[at++] = "-c";
		argv[at++] =
			keep(format_text("write -q -c -P %u %uM 2M", i, 4 * i));
	}

	while (count-- > 0 && at + 3 < sizeof(argv) / sizeof(*argv)) {
		uint64_t grain = below(3) ? 4096 : 128 * 1024;
		uint64_t from = below((uint32_t)(size / grain)) * grain;
		uint64_t length = (1 + below(30)) * grain;

		if (length > size - from)
			length = size - from;
		argv[at++] = "-c";
		argv[at++] = keep(format_text("%s %llu %llu", verbs[below(5)],
					      (unsigned long long)from,
					      (unsigned long long)length));
	}
	argv[at++] = path;
	argv[at] = NULL;
	run_argv(argv);
}

static void ours(void)
{
	for (unsigned round = 0; round < 12; round++) {
		char below_name[LAYER_NAME_SIZE], name[LAYER_NAME_SIZE];
		struct layer_ref parent = { below_name, LAYER_QCOW2 };
		struct layer_ref layer = { name, LAYER_QCOW2 };
		uint64_t size = DISK + round % 3 * 3 * 512;

		layer_name_new(LAYER_QCOW2, below_name);
		layer_name_new(LAYER_QCOW2, name);
		good(layer_create(chain, below_name, NULL, size, &err));
		same_as_qemu(&parent, size);
		scribble(keep(layer_path(chain, below_name)), DISK, 20, false);
		good(layer_create(chain, name, &parent, size, &err));
		scribble(keep(layer_path(chain, name)), DISK, 30, false);
		same_as_qemu(&layer, size);
		same_as_qemu(&parent, size);
		good(layer_remove(chain, name, &err));
		good(layer_remove(chain, below_name, &err));
	}
}

/* Forms that we do not make, but whose headers say what they are. */
static void others(void)
{
	static const char *const forms[] = {
		"compat=0.10",
		"compat=v3",
		"compat=v3,cluster_size=512",
		"compat=v3,cluster_size=2M",
		"cluster_size=16k,extended_l2=on",
		"cluster_size=2M,extended_l2=on",
		"compression_type=zstd",
		"preallocation=metadata",
		"preallocation=metadata,cluster_size=128k,extended_l2=on",
		"lazy_refcounts=on,refcount_bits=1",
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		char name[LAYER_NAME_SIZE];
		struct layer_ref layer = { name, LAYER_QCOW2 };
		char *path;

		layer_name_new(LAYER_QCOW2, name);
		path = keep(layer_path(chain, name));
		run("qemu-img", "create", "-q", "-f", "qcow2", "-o", forms[i],
		    path, "16M");
		same_as_qemu(&layer, 16 * MIB);
		scribble(path, 16 * MIB, 25, !strstr(forms[i], "prealloc"));
		same_as_qemu(&layer, 16 * MIB);
		good(layer_remove(chain, name, &err));
	}
}

static bool stop(void *data, const struct extent *extent, struct error *told)
{
	unsigned *count = data;

	(void)extent;
	if (++*count < 2)
		return true;
	return fail(told, FAULT_UNSUPPORTED, "enough");
}

static void raw(void)
{
	char name[LAYER_NAME_SIZE];
	struct layer_ref layer = { name, LAYER_RAW };
	struct picture picture;
	unsigned count = 0;
	int fd;

	layer_name_new(LAYER_RAW, name);
	picture_init(&picture, DISK);
	fd = open(keep(layer_path(chain, name)), O_RDWR | O_CREAT | O_CLOEXEC,
		  0600);
	check(fd >= 0 && ftruncate(fd, DISK) == 0);
	good(layer_map(chain, &layer, paint_extent, &picture, &err));
	check(picture.extents == 0);
	check(pwrite(fd, "x", 1, 0) == 1 && pwrite(fd, "y", 1, MIB) == 1);
	check(pwrite(fd, "z", 1, DISK - 1) == 1 && fsync(fd) == 0);
	good(layer_map(chain, &layer, paint_extent, &picture, &err));
	check(picture.extents == 3 && picture.end == DISK);
	check(picture.pieces[0] == 'd' && picture.pieces[MIB / GRAIN] == 'd');
	check(picture.pieces[MIB / GRAIN - 1] == ' ');
	bad(UNSUPPORTED, "enough",
	    layer_map(chain, &layer, stop, &count, &err));
	check(count == 2 && close(fd) == 0);
	free(picture.pieces);
	bad(INTERNAL, "damaged",
	    layer_map(chain, &(struct layer_ref){ name, LAYER_QCOW2 }, stop,
		      &count, &err));
	good(layer_remove(chain, name, &err));
	bad(INTERNAL, "cannot open",
	    layer_map(chain, &layer, stop, &count, &err));
}

static bool ignore(void *data, const struct extent *extent, struct error *told)
{
	uint64_t *end = data;

	(void)told;
	check(extent->offset >= *end && extent->length > 0);
	*end = extent->offset + extent->length;
	return true;
}

/* Changes bytes where the tables are. */
static void damage(const char *form)
{
	char name[LAYER_NAME_SIZE];
	struct layer_ref layer = { name, LAYER_QCOW2 };
	auto_buf whole = BUF_INIT;
	unsigned found = 0;
	char *path;
	int fd;

	layer_name_new(LAYER_QCOW2, name);
	path = keep(layer_path(chain, name));
	run("qemu-img", "create", "-q", "-f", "qcow2", "-o", form, path, "8M");
	scribble(path, 8 * MIB, 12, false);
	good(file_read(path, 32 * MIB, &whole, &err));
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd >= 0);
	for (unsigned round = 0; round < 3000; round++) {
		/* the header, else anything up to the first tables' end */
		uint32_t at = below(round % 2 ? 112 : (uint32_t)whole.size);
		uint8_t byte = (uint8_t)below(256);
		uint64_t end = 0;

		check(pwrite(fd, &byte, 1, at) == 1);
		if (!layer_map(chain, &layer, ignore, &end, &err)) {
			check(err.fault == FAULT_INTERNAL);
			error_clear(&err);
			found++;
		}
		check(pwrite(fd, whole.data + at, 1, at) == 1);
	}
	check(found > 300 && found < 2990);
	for (off_t size = 0; size < 600 * 1024; size += 1000) {
		uint64_t end = 0;

		check(ftruncate(fd, size) == 0);
		bad(INTERNAL, "damaged",
		    layer_map(chain, &layer, ignore, &end, &err));
	}
	close(fd);
	good(layer_remove(chain, name, &err));
}

/* A subcluster cannot be data and zeros, nor data without a cluster. */
static void contradictions(void)
{
	char name[LAYER_NAME_SIZE];
	struct layer_ref layer = { name, LAYER_QCOW2 };
	uint8_t both[8] = { 0, 0, 0, 1, 0, 0, 0, 1 }, none[8] = { 0 };
	uint64_t end = 0, table = 0;
	char *path;
	int fd;

	layer_name_new(LAYER_QCOW2, name);
	path = keep(layer_path(chain, name));
	good(layer_create(chain, name, NULL, MIB, &err));
	run("qemu-io", "-f", "qcow2", "-c", "write -q 0 4k", path);
	good(layer_map(chain, &layer, ignore, &end, &err));
	check(end == 4096);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd >= 0 && pread(fd, &table, 8, 3 * 128 * 1024) == 8);
	table = be64toh(table) & ~(1ULL << 63);
	check(pwrite(fd, both, 8, (off_t)table + 8) == 8);
	bad(INTERNAL, "two things",
	    layer_map(chain, &layer, ignore, &end, &err));
	both[3] = 0;
	check(pwrite(fd, both, 8, (off_t)table + 8) == 8);
	end = 0;
	good(layer_map(chain, &layer, ignore, &end, &err));
	check(pwrite(fd, none, 8, (off_t)table) == 8);
	bad(INTERNAL, "two things",
	    layer_map(chain, &layer, ignore, &end, &err));
	close(fd);
	good(layer_remove(chain, name, &err));
}

int main(void)
{
	good(chain_open(in_dir("store/layers"), &chain, &err));
	ours();
	others();
	raw();
	damage("cluster_size=128k,extended_l2=on");
	damage("cluster_size=64k");
	damage("cluster_size=64k,compat=0.10");
	contradictions();
	check(census(chain).files == 0);
	chain_close(chain);
	return 0;
}
