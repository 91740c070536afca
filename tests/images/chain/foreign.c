/* foreign.c - VMDKs and VHDs that are not what they say, or that say too much
 *
 * QEMU makes honest ones; each is altered in one place.
 */
#include "tests/images/chain/testing.h"

#include "images/chain/foreign.h"
#include "images/chain/qemuimg.h"

#define DISK (8 * MIB)
#define MOST (1ULL << 40)

static struct error err;

/* A fresh image of a kind, open for reading and writing. */
static int fresh(const char *format, const char *option)
{
	char *path = in_dir("image");
	int fd;

	unlink(path);
	run("qemu-img", "convert", "-f", "raw", "-O", format, "-o", option,
	    in_dir("disk.raw"), path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd >= 0);
	return fd;
}

static void put(int fd, const void *data, size_t size, off_t at)
{
	check(pwrite(fd, data, size, at) == (ssize_t)size);
}

static bool takes(int fd, const char *declared)
{
	struct disk_header header;
	bool ok = disk_header_read(fd, declared, MOST, &header, &err);

	close(fd);
	if (ok)
		check(header.virtual_size == DISK);
	return ok;
}

/* Replaces a text in the image by another one of its length. */
static void replace(int fd, const char *old, const char *new)
{
	static char data[4 * MIB];
	ssize_t size = pread(fd, data, sizeof(data), 0);
	char *at;

	check(size > 0 && strlen(old) == strlen(new));
	at = memmem(data, (size_t)size, old, strlen(old));
	check(at);
	put(fd, new, strlen(new), at - data);
}

static int vmdk(void)
{
	return fresh("vmdk", "subformat=monolithicSparse");
}

static void vmdks(void)
{
	static const uint8_t zeros[8], ones[4] = { 0xff, 0xff, 0xff, 0x7f };
	static const uint8_t huge[8] = { 0, 0, 0, 0, 0, 0, 0, 0x7f };
	uint8_t directory[8], entry[4], table[4];
	off_t at, first;
	int fd;

	good(takes(vmdk(), "vmdk"));
	good(takes(fresh("vmdk", "subformat=streamOptimized"), "vmdk"));
	bad(IMPORT_FORMAT, "no sparse one",
	    takes(fresh("qcow2", "compat=1.1"), "vmdk"));
	/* where QEMU would read the descriptor for extents */
	put(fd = vmdk(), zeros, 8, 12);
	bad(IMPORT_FORMAT, "a disk of 0 sectors", takes(fd, "vmdk"));
	put(fd = vmdk(), huge, 8, 12);
	bad(IMPORT_FORMAT, "are allowed", takes(fd, "vmdk"));
	put(fd = vmdk(), "\x09", 1, 4);
	bad(IMPORT_FORMAT, "version 9", takes(fd, "vmdk"));
	put(fd = vmdk(), "\x80", 1, 9);
	bad(IMPORT_FORMAT, "unknown features", takes(fd, "vmdk"));
	put(fd = vmdk(), "\x07", 1, 20);
	bad(IMPORT_FORMAT, "no known form", takes(fd, "vmdk"));
	put(fd = vmdk(), "\x02", 1, 77);
	bad(IMPORT_FORMAT, "compressed", takes(fd, "vmdk"));
	put(fd = vmdk(), zeros, 8, 28);
	bad(IMPORT_FORMAT, "no descriptor", takes(fd, "vmdk"));
	/* no tables where they are said to be: AT_END without a footer */
	put(fd = vmdk(), "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 56);
	bad(IMPORT_FORMAT, "footer", takes(fd, "vmdk"));
	put(fd = vmdk(), huge, 8, 56);
	bad(IMPORT_FORMAT, "beyond its end", takes(fd, "vmdk"));

	/* the descriptor names something else */
	replace(fd = vmdk(), " SPARSE ", " FLAT   ");
	bad(IMPORT_FORMAT, "an extent outside", takes(fd, "vmdk"));
	replace(fd = vmdk(), "parentCID=ffffffff", "parentCID=12345678");
	bad(IMPORT_FORMAT, "stands on another one", takes(fd, "vmdk"));
	replace(fd = vmdk(), "\"monolithicSparse\"", "\"monolithicFlat\"  ");
	bad(IMPORT_FORMAT, "of the kind", takes(fd, "vmdk"));
	replace(fd = vmdk(), "ddb.geometry.sectors", "parentFileNameHint=x");
	bad(IMPORT_FORMAT, "stands on another one", takes(fd, "vmdk"));

	/* its first table's first entry, and the directory's */
	fd = vmdk();
	check(pread(fd, directory, 8, 56) == 8);
	at = (off_t)(directory[0] | directory[1] << 8) * 512;
	put(fd, ones, 4, at);
	bad(IMPORT_FORMAT, "", takes(fd, "vmdk"));
	fd = vmdk();
	check(pread(fd, entry, 4, at) == 4);
	first = (off_t)(entry[0] | entry[1] << 8) * 512;
	put(fd, ones, 4, first);
	bad(IMPORT_FORMAT, "data lie beyond", takes(fd, "vmdk"));
	/* one grain shown all over the disk */
	fd = vmdk();
	check(pread(fd, table, 4, first) == 4);
	for (int i = 0; i < 128; i++)
		put(fd, table, 4, first + 4 * i);
	bad(IMPORT_FORMAT, "more than once", takes(fd, "vmdk"));
	check(ftruncate(fd = vmdk(), 1000) == 0);
	bad(IMPORT_FORMAT, "", takes(fd, "vmdk"));
}

/* A VMDK whose header says that the descriptor is at its end. Behind the
 * header, where QEMU looks for the parent's, one names another file that shows
 * the text in `secret`. */
static int vmdk_astray(const char *secret)
{
	static char text[20 * 512];
	char *parent = keep(format_text("# Disk DescriptorFile\nversion=1\n"
					"CID=12345678\nparentCID=ffffffff\n"
					"createType=\"monolithicFlat\"\n"
					"RW %llu FLAT \"%s\" 0\n",
					DISK / 512, secret));
	int fd = vmdk();
	struct stat st;
	uint8_t at[8] = { 0 };

	make_file(in_dir("parent"), parent, strlen(parent), strlen(parent));
	check(fstat(fd, &st) == 0);
	check(pread(fd, text, sizeof(text), 512) == sizeof(text));
	put(fd, text, sizeof(text), st.st_size);
	memset(text, 0, sizeof(text));
	snprintf(text, sizeof(text),
		 "# Disk DescriptorFile\nCID=87654321\nparentCID=12345678\n"
		 "parentFileNameHint=\"%s\"\n",
		 in_dir("parent"));
	put(fd, text, sizeof(text), 512);
	for (size_t i = 0; i < sizeof(at); i++)
		at[i] = (uint8_t)((uint64_t)st.st_size / 512 >> 8 * i);
	put(fd, at, sizeof(at), 28);
	return fd;
}

/* Neither is it taken, nor would qemu-img open what it names. */
static void parent_astray(void)
{
	static const char marker[] = "what another account has written";
	const struct disk_header header = { LAYER_QCOW2, "vmdk", DISK, 0 };
	char *layer = in_dir("layer"), *shown = in_dir("shown");
	static char data[DISK];
	int source, target;

	for (size_t i = 0; i + sizeof(marker) <= DISK; i += 512)
		memcpy(data + i, marker, sizeof(marker));
	make_file(in_dir("secret"), data, DISK, DISK);
	source = vmdk_astray(in_dir("secret"));
	bad(IMPORT_FORMAT, "not the one that would be read",
	    takes(dup(source), "vmdk"));

	run("qemu-img", "create", "-q", "-f", "qcow2", layer, "8M");
	target = open(layer, O_RDWR | O_CLOEXEC);
	check(target >= 0);
	good(qemuimg_convert(source, target, &header, NULL, NULL, NULL, &err));
	close(source);
	close(target);
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", layer, shown);
	target = reading(shown);
	check(read(target, data, DISK) == DISK);
	check(!memmem(data, DISK, marker, sizeof(marker)));
	close(target);
}

static int vhd(void)
{
	return fresh("vpc", "subformat=dynamic,force_size=on");
}

static void vhds(void)
{
	static const uint8_t zeros[8], ones[8] = { 0x7f, 0xff, 0xff, 0xff };
	uint8_t place[4];
	struct stat st;
	int fd;

	good(takes(vhd(), "vhd"));
	good(takes(fresh("vpc", "subformat=fixed,force_size=on"), "vhd"));
	bad(IMPORT_FORMAT, "is none", takes(vmdk(), "vhd"));
	put(fd = vhd(), "\x04", 1, 63);
	bad(IMPORT_FORMAT, "of type 4", takes(fd, "vhd"));
	put(fd = vhd(), zeros, 8, 48);
	bad(IMPORT_FORMAT, "a disk of 0 bytes", takes(fd, "vhd"));
	put(fd = vhd(), ones, 8, 48);
	bad(IMPORT_FORMAT, "whole sectors", takes(fd, "vhd"));
	put(fd = vhd(), ones, 8, 16);
	bad(IMPORT_FORMAT, "beyond its end", takes(fd, "vhd"));
	put(fd = vhd(), "X", 1, 512);
	bad(IMPORT_FORMAT, "none of a dynamic", takes(fd, "vhd"));
	put(fd = vhd(), ones, 8, 512 + 16);
	bad(IMPORT_FORMAT, "table lies beyond", takes(fd, "vhd"));
	put(fd = vhd(), zeros, 4, 512 + 28);
	bad(IMPORT_FORMAT, "too short", takes(fd, "vhd"));
	put(fd = vhd(), zeros, 4, 512 + 32);
	bad(IMPORT_FORMAT, "0 bytes large", takes(fd, "vhd"));
	put(fd = vhd(), ones, 4, 1536);
	bad(IMPORT_FORMAT, "data lie beyond", takes(fd, "vhd"));
	/* one block shown all over the disk */
	fd = vhd();
	check(pread(fd, place, 4, 1536) == 4);
	for (int i = 0; i < 4; i++)
		put(fd, place, 4, 1536 + 4 * i);
	bad(IMPORT_FORMAT, "more than once", takes(fd, "vhd"));

	fd = fresh("vpc", "subformat=fixed,force_size=on");
	check(fstat(fd, &st) == 0);
	put(fd, ones, 2, st.st_size - 512 + 48);
	bad(IMPORT_FORMAT, "at most", takes(fd, "vhd"));
	fd = fresh("vpc", "subformat=fixed,force_size=on");
	put(fd, "\x01", 1, st.st_size - 512 + 48 + 4);
	bad(IMPORT_FORMAT, "shorter than its disk", takes(fd, "vhd"));
}

int main(void)
{
	uint8_t data[4096];
	int fd = open(in_dir("disk.raw"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	memset(data, 7, sizeof(data));
	check(fd >= 0 && ftruncate(fd, DISK) == 0);
	put(fd, data, sizeof(data), 0);
	put(fd, data, sizeof(data), DISK - sizeof(data));
	close(fd);
	vmdks();
	parent_astray();
	vhds();
	return 0;
}
