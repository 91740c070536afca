/* hostile.c - images that want more than to be imported
 *
 * Every file here is refused within a second, each for a reason of its own,
 * and nothing of the canary that many of them point at ends in the store. Most
 * are a good image with one number changed, so that the reason is that number.
 */
#include "tests/images/chain/testing.h"

#include <dirent.h>
#include <endian.h>
#include <sys/resource.h>

#include "images/base/clock.h"
#include "images/chain/qcow2.h"

#define CLUSTER 65536
#define CANARY "canary-that-must-not-sing-5e1f"
#define MOST (8 * GIB)

static struct error err;
static struct chain *chain;
static char *canary, *base, *image;
static char said[200][sizeof(((struct error *)0)->text)];
static size_t said_count;

static void patch(uint64_t offset, unsigned width, uint64_t value)
{
	uint64_t big = htobe64(value << (64 - 8 * width));
	int fd = open(image, O_WRONLY | O_CLOEXEC);

	check(fd >= 0);
	check(pwrite(fd, &big, width, (off_t)offset) == (ssize_t)width);
	check(close(fd) == 0);
}

static void patch_bytes(uint64_t offset, const void *data, size_t size)
{
	int fd = open(image, O_WRONLY | O_CLOEXEC);

	check(fd >= 0 &&
	      pwrite(fd, data, size, (off_t)offset) == (ssize_t)size);
	check(close(fd) == 0);
}

static void fresh(void)
{
	run("cp", "--sparse=always", base, image);
}

/* The image is refused with these words, quickly and for the first time. */
static void refuse_as(const char *what, const char *declared, const char *words)
{
	usec_t begin = clock_monotonic();
	char name[LAYER_NAME_SIZE];
	struct disk_header header;
	int fd = reading(image);
	bool taken = disk_header_read(fd, declared, MOST, &header, &err);

	if (taken) {
		layer_name_new(header.format, name);
		taken = layer_import(chain, name, fd, &header, NULL, NULL,
				     &err);
	}
	if (taken || err.fault != FAULT_IMPORT_FORMAT ||
	    !strstr(err.text, words)) {
		fprintf(stderr, "%s: wanted …%s…\n", what, words);
		lost(__FILE__, __LINE__, "refused", &err);
	}
	check(clock_monotonic() - begin < 30 * USEC_PER_SEC);
	for (size_t i = 0; i < said_count; i++)
		if (strcmp(said[i], err.text) == 0)
			lost(__FILE__, __LINE__, what, &err);
	check(said_count < sizeof(said) / sizeof(*said));
	memcpy(said[said_count++], err.text, sizeof(err.text));
	error_clear(&err);
	close(fd);
	check(census(chain).files == 0);
}

/* As refuse_as(), in words that may have been heard before. */
static void again(const char *what, const char *declared, const char *words)
{
	size_t before = said_count;

	said_count = 0;
	refuse_as(what, declared, words);
	said_count = before;
}

static const struct row {
	const char *what;
	unsigned offset, width;
	uint64_t value;
	const char *words;
} rows[] = {
	{ "version 0", 4, 4, 0, "version 0" },
	{ "version 4", 4, 4, 4, "version 4" },
	{ "version 2^32-1", 4, 4, UINT32_MAX, "version 4294967295" },
	{ "backing offset", 8, 8, 4096, "backing file" },
	{ "clusters of 256", 20, 4, 8, "2^8 " },
	{ "clusters of 4 MiB", 20, 4, 22, "2^22 " },
	{ "clusters of 2^2^32", 20, 4, UINT32_MAX, "2^4294967295 " },
	{ "no disk", 24, 8, 0, "empty" },
	{ "too large", 24, 8, MOST + 512, "8589935104" },
	{ "2^63", 24, 8, 1ULL << 63, "9223372036854775808" },
	{ "2^64-512", 24, 8, -512ULL, "18446744073709551104" },
	{ "half a sector", 24, 8, MIB + 256, "end at a sector" },
	{ "AES", 32, 4, 1, "encrypted (method 1)" },
	{ "LUKS without its header", 32, 4, 2, "encrypted (method 2)" },
	{ "unknown encryption", 32, 4, 77, "encrypted (method 77)" },
	{ "no L1 table", 36, 4, 0, "too short" },
	{ "giant L1 table", 36, 4, UINT32_MAX, "4294967295 entries" },
	{ "large L1 table", 36, 4, 4 << 20, "L1 table lies beyond" },
	{ "more than QEMU takes", 36, 4, (4 << 20) + 1, "4194305 entries" },
	{ "L1 table at an odd place", 40, 8, 3 * CLUSTER + 8,
	  "L1 table is at no place" },
	{ "refcounts at an odd place", 48, 8, 512, "refcount table is at no" },
	{ "refcounts beyond", 48, 8, 1ULL << 40, "refcount table lies beyond" },
	{ "no refcounts", 56, 4, 0, "table has 0 clusters" },
	{ "giant refcount table", 56, 4, UINT32_MAX, "4294967295 clusters" },
	{ "one snapshot", 60, 4, 1, "1 internal snapshots" },
	{ "many snapshots", 60, 4, UINT32_MAX, "4294967295 internal" },
	{ "dirty", 72, 8, 1, "closed cleanly" },
	{ "corrupt", 72, 8, 2, "corrupt" },
	{ "data file", 72, 8, 4, "another file" },
	{ "compression bit", 72, 8, 8, "contradicts itself" },
	{ "bit 5", 72, 8, 32, "unknown features (0x20)" },
	{ "bit 63", 72, 8, 1ULL << 63, "(0x8000000000000000)" },
	{ "compatible bit", 80, 8, 2, "unknown compatible features" },
	{ "bitmaps bit", 88, 8, 1, "dirty bitmaps" },
	{ "raw data bit", 88, 8, 2, "data as it is" },
	{ "autoclear bit", 88, 8, 4, "unknown autoclear" },
	{ "refcount width", 96, 4, 7, "7 powers" },
	{ "short header", 100, 4, 72, "72 bytes long" },
	{ "long header", 100, 4, 120, "120 bytes long" },
	{ "giant header", 100, 4, UINT32_MAX, "4294967295 bytes long" },
	{ "compression 2", 104, 1, 2, "unknown way" },
	{ "padding", 105, 1, 1, "unknown fields" },
	{ "backing format", 112, 4, 0xe2792aca, "format of a backing" },
	{ "bitmaps extension", 112, 4, 0x23852875, "for dirty bitmaps" },
	{ "LUKS extension", 112, 4, 0x0537be77, "for encryption" },
	{ "data file extension", 112, 4, 0x44415441, "an external data file" },
	{ "unknown extension", 112, 4, 0x12345678, "0x12345678" },
	{ "giant extension", 116, 4, UINT32_MAX / 48 * 48, "do not fit" },
	{ "odd extension", 116, 4, 49, "49 bytes long" },
	{ "boot sector", 510, 2, 0x55aa, "a boot sector" },
	{ "GPT", 512, 8, 0x4546492050415254, "a GUID partition" },
	{ "ISO", 0x8001, 5, 0x4344303031, "an ISO 9660" },
	{ "tar", 257, 5, 0x7573746172, "a tar archive" },
};

static void numbers(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh();
		patch(rows[i].offset, rows[i].width, rows[i].value);
		refuse_as(rows[i].what, NULL, rows[i].words);
	}
	fresh();
	patch(16, 4, 11); /* a name's length without a name */
	again("backing size", "qcow2", "backing file");
}

/* What qemu-img itself makes, pointing at the canary or holding what is not
 * taken. */
static void made_by_qemu(void)
{
	static const char json[] =
		"json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\","
		"\"filename\":\"/etc/hostname\"}}";
	char *data_file = keep(format_text("data_file=%s", canary));
	char *data_raw =
		keep(format_text("data_file=%s,data_file_raw=on", canary));

	check(data_file && data_raw);
	run("qemu-img", "create", "-q", "-f", "qcow2", "-b", canary, "-F",
	    "raw", image);
	again("backing", NULL, "backing file");
	fresh();
	patch(8, 8, 4096);
	patch(16, 4, sizeof(json) - 1);
	patch_bytes(4096, json, sizeof(json) - 1);
	again("json: backing", "qcow2", "backing file");
	run("cp", canary, in_dir("canary.copy"));
	unlink(image);
	run("qemu-img", "create", "-q", "-f", "qcow2", "-o", data_file, image,
	    "1M");
	again("data file", NULL, "in another file");
	again("data file", "qcow2", "in another file");
	patch(72, 8, 0);
	again("data file without its bit", NULL, "names an external data file");
	unlink(image);
	run("qemu-img", "create", "-q", "-f", "qcow2", "-o", data_raw, image,
	    "1M");
	again("raw data file", NULL, "in another file");
	run("cp", in_dir("canary.copy"), canary);
	fresh();
	run("qemu-img", "snapshot", "-c", "one", image);
	again("snapshot", NULL, "1 internal snapshots");
	/* what LUKS looks like; to make one takes qemu-img seconds */
	fresh();
	patch(32, 4, 2);
	patch(112, 8, 0x0537be7700000010);
	again("LUKS", NULL, "encrypted (method 2)");
	patch(32, 4, 0);
	again("LUKS, denied", NULL, "for encryption");
	fresh();
	run("qemu-img", "bitmap", "--add", "-f", "qcow2", image, "one");
	again("bitmap", NULL, "dirty bitmaps");
	patch(88, 8, 0);
	again("bitmap, denied", NULL, "for dirty bitmaps");
	unlink(image);
	run("qemu-img", "create", "-q", "-f", "qcow", image, "1M");
	refuse_as("qcow 1", NULL, "old qcow format");
	again("qcow 1", "qcow2", "old qcow format");
}

static void extensions(void)
{
	fresh();
	patch(112, 8, 0x6803f85700000030);
	patch(112 + 56, 8, 0x6803f85700000030);
	refuse_as("twice", NULL, "repeats");
	fresh();
	patch(20, 4, 12);
	patch(72, 8, 16);
	refuse_as("subclusters of 128", NULL, "smaller than a sector");
}

static void lengths(void)
{
	static const unsigned sizes[] = { 4, 24, 71, 103 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		fresh();
		check(truncate(image, sizes[i]) == 0);
		if (i == 0)
			refuse_as("4 bytes", NULL, "version 0");
		else if (i == 1)
			refuse_as("cut", "qcow2", "ends within its header");
		else
			again("cut", NULL, "ends within its header");
		if (i == 0)
			said_count--;
	}
	fresh();
	check(truncate(image, 200) == 0);
	again("cut in its extensions", NULL, "lies beyond");
	fresh();
	check(truncate(image, 3 * CLUSTER) == 0);
	again("cut before its L1 table", NULL, "L1 table lies beyond");
	make_file(image, "", 0, 0);
	again("nothing", NULL, "empty");
	again("nothing, raw", "raw", "empty");
	again("nothing, qcow2", "qcow2", "and is none");
	make_file(image, "QFI", 3, 3);
	again("three bytes", "qcow2", "and is none");
	make_file(image, "", 0, MOST + 1);
	again("raw and too large", NULL, "8589935104");
}

/* The tables that lie behind the header. The base's first L2 table is found
 * through its L1 table. */
static uint64_t get(uint64_t offset)
{
	uint64_t big;
	int fd = reading(image);

	check(pread(fd, &big, 8, (off_t)offset) == 8);
	close(fd);
	return be64toh(big);
}

#define PLACE 0x00fffffffffffe00ULL

static void tables(void)
{
	uint64_t l1, l2, data;

	fresh();
	l1 = get(40);
	l2 = get(l1) & PLACE;
	data = get(l2) & PLACE;
	check(l2 && data);
	patch(l1, 8, 1ULL << 63 | l1);
	refuse_as("L1 as L2", NULL, "its own tables");
	fresh();
	patch(l1, 8, 1ULL << 63 | (l2 + 512));
	refuse_as("L2 at an odd place", NULL, "L2 table is at no place");
	fresh();
	patch(l1, 8, 1ULL << 63 | 1ULL << 50);
	refuse_as("L2 beyond", NULL, "L2 table lies beyond");
	fresh();
	patch(l2, 8, 1ULL << 63 | (data + 4096));
	refuse_as("data at an odd place", NULL, "at no place for a cluster");
	fresh();
	patch(l2, 8, 1ULL << 63 | get(48));
	again("refcounts as data", NULL, "its own tables");
	fresh();
	patch(l2, 8, 3ULL << 62 | 1ULL << 40);
	refuse_as("compressed beyond", NULL, "compressed data lies beyond");
	fresh();
	for (unsigned i = 0; i < 1024; i++)
		patch(l2 + 8 * i, 8, 1ULL << 63 | data);
	refuse_as("one cluster a thousand times", NULL, "more than once");
	fresh();
	for (unsigned i = 0; i < 1024; i++)
		patch(l2 + 8 * i, 8, 1ULL << 62 | 60ULL << 54 | data);
	again("one packed cluster a thousand times", NULL, "more than once");
	fresh();
	patch(24, 8, 8 * GIB);
	patch(36, 4, 16);
	for (unsigned i = 0; i < 16; i++)
		patch(l1 + 8 * i, 8, 1ULL << 63 | l2);
	again("one table sixteen times", NULL, "more than once");
}

/* What looks like another format when nobody said that it is raw. */
static void other_formats(void)
{
	static const struct {
		const char *format, *options, *words;
	} made[] = {
		{ "qed", "cluster_size=65536", "QED" },
		{ "vmdk", "subformat=monolithicSparse", "VMDK (sparse" },
		{ "vmdk", "subformat=monolithicFlat", "VMDK (descriptor" },
		{ "vhdx", "subformat=dynamic", "VHDX" },
		{ "vpc", "subformat=dynamic", "VHD (dynamic)" },
		{ "vpc", "subformat=fixed", "VHD (fixed)" },
		{ "vdi", "static=off", "VDI" },
		{ "parallels", "cluster_size=1048576", "Parallels" },
	};
	static const struct {
		const char *bytes, *words;
		unsigned size, offset;
	} known[] = {
		{ "LUKS\xba\xbe", "LUKS", 6, 0 },
		{ "COWD", "VMDK (COWD", 4, 0 },
		{ "Bochs Virtual HD Image", "Bochs", 22, 0 },
		{ "#!/bin/sh\n#V2.0 Format\n", "cloop", 23, 0 },
		{ "koly", "DMG", 4, MIB - 512 },
		{ "\x1f\x8b\x08", "gzip", 3, 0 },
		{ "\xfd"
		  "7zXZ\0",
		  "xz", 6, 0 },
		{ "\x28\xb5\x2f\xfd", "zstd", 4, 0 },
		{ "BZh9", "bzip2", 4, 0 },
		{ "\x04\x22\x4d\x18", "lz4", 4, 0 },
		{ "PK\x03\x04", "zip", 4, 0 },
		{ "7z\xbc\xaf\x27\x1c", "7-Zip", 6, 0 },
		{ "ustar", "tar", 5, 257 },
	};
	static const char *const descriptors[] = {
		"# Disk DescriptorFile\nversion=1\n",
		"\n\r\n # a comment\n version=3\nRW 1 FLAT \"/etc/passwd\" 0\n",
		"# x\n#\nVERSION=2\n",
	};

	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		unlink(image);
		run("qemu-img", "create", "-q", "-f", made[i].format, "-o",
		    made[i].options, image, "1M");
		refuse_as(made[i].format, NULL, made[i].words);
		again(made[i].format, "qcow2", "and is none");
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		make_file(image, "", 0, MIB);
		patch_bytes(known[i].offset, known[i].bytes, known[i].size);
		refuse_as(known[i].words, NULL, known[i].words);
	}
	for (size_t i = 0; i < sizeof(descriptors) / sizeof(*descriptors);
	     i++) {
		make_file(image, descriptors[i], strlen(descriptors[i]), MIB);
		again("descriptor", NULL, "VMDK (descriptor)");
	}
	fresh();
	refuse_as("declared as vdi", "vdi", "\"vdi\" is no format");
	refuse_as("declared as json", "json:{}", "json:{}");
}

static void no_files(void)
{
	struct disk_header header;
	int ends[2];
	int dir = reading(in_dir(""));

	check(pipe(ends) == 0);
	bad(INVALID_PARAMETER, "neither a file",
	    disk_header_read(ends[0], NULL, MOST, &header, &err));
	bad(INVALID_PARAMETER, "neither a file",
	    disk_header_read(dir, "raw", MOST, &header, &err));
}

/* What is declared raw is bytes and stays bytes: whatever it looks like, the
 * layers over it never open what it names. */
static void pinned_raw(void)
{
	char name[LAYER_NAME_SIZE], top[LAYER_NAME_SIZE];
	struct layer_ref parent = { name, LAYER_RAW };
	struct disk_header header;
	int fd;

	unlink(image);
	run("qemu-img", "create", "-q", "-f", "qcow2", "-b", canary, "-F",
	    "raw", image);
	fd = reading(image);
	good(disk_header_read(fd, "raw", MOST, &header, &err));
	check(header.format == LAYER_RAW);
	layer_name_new(LAYER_RAW, name);
	layer_name_new(LAYER_QCOW2, top);
	good(layer_import(chain, name, fd, &header, NULL, NULL, &err));
	good(layer_create(chain, top, &parent, header.virtual_size, &err));
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw",
	    keep(layer_path(chain, top)), in_dir("out"));
	run("qemu-img", "compare", "-q", "-f", "raw", "-F", "raw",
	    in_dir("out"), image);
	good(layer_remove(chain, top, &err));
	good(layer_remove(chain, name, &err));
	close(fd);
}

/* An image whose header changes between the check and the import. */
static void changed_later(void)
{
	char name[LAYER_NAME_SIZE];
	struct disk_header header;
	int fd, writer;

	fresh();
	fd = reading(image);
	good(disk_header_read(fd, NULL, MOST, &header, &err));
	layer_name_new(LAYER_QCOW2, name);
	writer = open(image, O_RDWR | O_CLOEXEC);
	bad(INVALID_PARAMETER, "open for writing",
	    layer_import(chain, name, fd, &header, NULL, NULL, &err));
	close(writer);
	patch(72, 8, 4);
	bad(IMPORT_FORMAT, "another file",
	    layer_import(chain, name, fd, &header, NULL, NULL, &err));
	patch(72, 8, 0);
	patch(24, 8, 32 * MIB);
	bad(IMPORT_FORMAT, "changed after",
	    layer_import(chain, name, fd, &header, NULL, NULL, &err));
	check(census(chain).files == 0);
	close(fd);
}

/* Whether any file of the store holds the canary's words. */
static void no_canary(void)
{
	const char *const argv[] = { "grep", "-rq", CANARY, in_dir("store"),
				     NULL };
	struct process process = { .argv = argv };

	check(!process_run(&process, NULL, &err));
	check(strstr(err.text, "exit 1"));
	error_clear(&err);
}

int main(void)
{
	static char song[4 * MIB];
	struct rusage usage;

	for (size_t i = 0; i + 64 <= sizeof(song); i += 64)
		memcpy(song + i, CANARY "\n", sizeof(CANARY));
	canary = in_dir("canary");
	base = in_dir("base.qcow2");
	image = in_dir("image");
	make_file(canary, song, sizeof(song), sizeof(song));
	run("qemu-img", "create", "-q", "-f", "qcow2", base, "64M");
	run("qemu-io", "-f", "qcow2", "-c", "write -P 3 0 1M", base);
	good(chain_open(in_dir("store"), &chain, &err));
	numbers();
	made_by_qemu();
	extensions();
	lengths();
	tables();
	other_formats();
	no_files();
	pinned_raw();
	changed_later();
	no_canary();
	check(said_count > 70);
	check(getrusage(RUSAGE_SELF, &usage) == 0);
	check(usage.ru_maxrss < 256 * 1024);
	chain_close(chain);
	return 0;
}
