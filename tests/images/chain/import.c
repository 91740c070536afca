/* import.c - good images come in with every byte, and as files of ours */
#include "tests/images/chain/testing.h"

static struct error err;
static struct chain *chain;
static uint64_t seen, seen_total;

static void watch(void *data, uint64_t done, uint64_t total)
{
	check(data == &seen && done >= seen && done <= total);
	seen = done;
	seen_total = total;
}

/* Imports an image and compares it with the disk that it shows. */
static void comes_in(const char *image, const char *declared,
		     enum layer_format format, const char *disk)
{
	char name[LAYER_NAME_SIZE];
	struct disk_header header;
	struct stat st, from;
	int fd = reading(image);
	char *path;

	good(disk_header_read(fd, declared, GIB, &header, &err));
	check(header.format == format && header.virtual_size % 512 == 0);
	layer_name_new(format, name);
	seen = 0;
	good(layer_import(chain, name, fd, &header, watch, &seen, &err));
	check(seen == seen_total && seen == header.virtual_size);
	path = keep(layer_path(chain, name));
	run("qemu-img", "compare", "-q", "-f", layer_format_name(format), "-F",
	    "raw", path, disk);
	check(stat(path, &st) == 0 && (st.st_mode & 07777) == 0400);
	check(fstat(fd, &from) == 0 && from.st_ino != st.st_ino);
	if (format == LAYER_RAW)
		check((uint64_t)st.st_size == header.virtual_size);
	else
		run("qemu-img", "check", "-q", "-f", "qcow2", path);
	check(census(chain).files == 1 && census(chain).drafts == 0);
	good(layer_remove(chain, name, &err));
	close(fd);
}

static void qcow2_varieties(const char *disk)
{
	static const char *const options[] = {
		"compat=0.10",
		"compat=1.1",
		"compat=0.10,cluster_size=512",
		"cluster_size=512",
		"cluster_size=4k",
		"cluster_size=2M",
		"cluster_size=2M,refcount_bits=1",
		"refcount_bits=64,lazy_refcounts=on",
		"lazy_refcounts=on",
		"extended_l2=on",
		"extended_l2=on,cluster_size=16k",
		"extended_l2=on,cluster_size=2M",
		"compression_type=zstd",
		"preallocation=metadata",
		"preallocation=falloc",
		"preallocation=full,cluster_size=16k",
		"preallocation=metadata,extended_l2=on",
	};
	char *image = in_dir("image.qcow2");

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o",
		    options[i], disk, image);
		comes_in(image, i % 2 ? "qcow2" : NULL, LAYER_QCOW2, disk);
		if (strstr(options[i], "preallocation"))
			continue;
		run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2",
		    "-o", options[i], disk, image);
		comes_in(image, NULL, LAYER_QCOW2, disk);
	}
}

/* Images that lived before they came: grown, shrunk, written, flattened, with
 * snapshots and bitmaps that were removed again. */
static void qcow2_lives(const char *disk)
{
	char *image = in_dir("image.qcow2"), *flat = in_dir("flat");

	run("qemu-img", "create", "-q", "-f", "qcow2", "-b", disk, "-F", "raw",
	    image, "80M");
	run("qemu-io", "-f", "qcow2", "-c", "write -P 5 12k 5M", "-c",
	    "write -z 20M 3M", "-c", "discard 30M 1M", image);
	run("qemu-img", "rebase", "-f", "qcow2", "-b", "", image);
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, flat);
	comes_in(image, NULL, LAYER_QCOW2, flat);
	run("qemu-img", "snapshot", "-c", "one", image);
	run("qemu-io", "-f", "qcow2", "-c", "write -P 6 0 1M", image);
	run("qemu-img", "snapshot", "-d", "one", image);
	run("qemu-img", "bitmap", "--add", "-f", "qcow2", image, "b");
	run("qemu-img", "bitmap", "--remove", "-f", "qcow2", image, "b");
	run("qemu-img", "resize", "-q", "-f", "qcow2", image, "700M");
	run("qemu-img", "resize", "-q", "--shrink", "-f", "qcow2", image,
	    "90M");
	run("qemu-img", "amend", "-f", "qcow2", "-o", "compat=0.10", image);
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, flat);
	comes_in(image, NULL, LAYER_QCOW2, flat);
	run("qemu-img", "create", "-q", "-f", "qcow2", image, "1G");
	make_file(flat, "", 0, GIB);
	comes_in(image, NULL, LAYER_QCOW2, flat);
	/* what this room makes, it takes */
	run("qemu-img", "create", "-q", "-f", "qcow2", image, "512");
	make_file(flat, "", 0, 512);
	comes_in(image, NULL, LAYER_QCOW2, flat);
}

/* A raw disk of a size, with these bytes at an offset. */
static void raw_with(const char *declared, uint64_t size, const char *bytes,
		     size_t count, uint64_t offset)
{
	char *image = in_dir("image.raw");
	int fd;

	make_disk(image, size);
	fd = open(image, O_WRONLY | O_CLOEXEC);
	check(pwrite(fd, bytes, count, (off_t)offset) == (ssize_t)count);
	close(fd);
	comes_in(image, declared, LAYER_RAW, image);
}

static void raw_varieties(const char *disk)
{
	char *image = in_dir("image.raw");

	comes_in(disk, NULL, LAYER_RAW, disk);
	comes_in(disk, "raw", LAYER_RAW, disk);
	/* boot sector, GPT, hybrid ISO: this is what disks look like */
	raw_with(NULL, 24 * MIB, "\x55\xaa", 2, 510);
	raw_with(NULL, 24 * MIB, "EFI PART", 8, 512);
	raw_with(NULL, 24 * MIB, "\1CD001\1", 7, 0x8000);
	raw_with("raw", 24 * MIB, "LUKS\xba\xbe\0\1", 8, 0);
	raw_with("raw", 24 * MIB, "QFI\xfb\0\0\0\3", 8, 0);
	raw_with("raw", 24 * MIB, "conectix", 8, 24 * MIB - 512);
	raw_with(NULL, 24 * MIB + 1, "x", 1, 24 * MIB);
	raw_with(NULL, 24 * MIB + 511, "x", 1, 24 * MIB);
	make_file(image, "x", 1, 1);
	comes_in(image, NULL, LAYER_RAW, image);
	make_file(image, "", 0, GIB);
	comes_in(image, NULL, LAYER_RAW, image);
}

/* Holes and zeros take no room. */
static void sparse(const char *disk)
{
	char name[LAYER_NAME_SIZE], *full = in_dir("full.raw");
	struct disk_header header;
	uint64_t bytes;
	struct stat st;
	int fd;

	run("cp", "--sparse=never", disk, full);
	fd = reading(full);
	good(disk_header_read(fd, NULL, GIB, &header, &err));
	layer_name_new(LAYER_RAW, name);
	good(layer_import(chain, name, fd, &header, NULL, NULL, &err));
	good(layer_stored(chain, name, &bytes, &err));
	check(stat(disk, &st) == 0);
	check(bytes < (uint64_t)st.st_blocks * 512);
	good(layer_remove(chain, name, &err));
	close(fd);
}

/* An image that only we have open, and for writing: a download of ours. It is
 * copied first, and the copy is gone afterwards. */
static void of_our_own(const char *disk)
{
	char name[LAYER_NAME_SIZE], *image = in_dir("image.qcow2");
	struct disk_header header;
	int fd;

	run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", disk,
	    image);
	fd = open(image, O_RDWR | O_CLOEXEC);
	check(fd >= 0 && unlink(image) == 0);
	good(disk_header_read(fd, "qcow2", GIB, &header, &err));
	layer_name_new(LAYER_QCOW2, name);
	good(layer_import(chain, name, fd, &header, NULL, NULL, &err));
	run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw",
	    keep(layer_path(chain, name)), disk);
	check(census(chain).files == 1);
	good(layer_remove(chain, name, &err));
	close(fd);
}

static void refused_names(const char *disk)
{
	char name[LAYER_NAME_SIZE];
	struct disk_header header;
	int fd = reading(disk);

	good(disk_header_read(fd, NULL, GIB, &header, &err));
	layer_name_new(LAYER_QCOW2, name);
	bad(INTERNAL, "the name of no raw",
	    layer_import(chain, name, fd, &header, NULL, NULL, &err));
	bad(INTERNAL, "no layer name",
	    layer_import(chain, "x.raw", fd, &header, NULL, NULL, &err));
	layer_name_new(LAYER_RAW, name);
	good(layer_import(chain, name, fd, &header, NULL, NULL, &err));
	bad(INTERNAL, "File exists",
	    layer_import(chain, name, fd, &header, NULL, NULL, &err));
	check(census(chain).files == 1);
	good(layer_remove(chain, name, &err));
	header.virtual_size = header.file_size += MIB;
	bad(IMPORT_FORMAT, "became shorter",
	    layer_import(chain, name, fd, &header, NULL, NULL, &err));
	check(census(chain).files == 0);
	close(fd);
}

int main(void)
{
	char *disk = in_dir("disk.raw");

	good(chain_open(in_dir("store"), &chain, &err));
	make_disk(disk, 18 * MIB);
	qcow2_varieties(disk);
	qcow2_lives(disk);
	raw_varieties(disk);
	sparse(disk);
	of_our_own(disk);
	refused_names(disk);
	check(census(chain).files == 0);
	chain_close(chain);
	return 0;
}
