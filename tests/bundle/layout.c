/* layout.c - tables made by sfdisk, laid out anew, and read by sfdisk again */
#include "bundle/layout.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/process.h"

#define MIB ((uint64_t)1 << 20)
#define SECTOR 512

static char path[4200];

/* An old disk with a table made by sfdisk; each sector up to 8 MiB that is
 * not the table's says its number. */
static int disk(const char *name, uint64_t size, const char *script)
{
	auto_free char *argv_path = NULL;
	const char *argv[] = { "sfdisk", "-q", NULL, NULL };
	auto_free char *input = NULL;
	char text[SECTOR] = { 0 };
	struct error err = { 0 };
	auto_close int in = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("TMPDIR"), name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	for (off_t i = 0; i < (off_t)(8 * MIB / SECTOR); i++) {
		snprintf(text, sizeof(text), "sector %lld of %s", (long long)i,
			 name);
		assert(pwrite(fd, text, SECTOR, i * SECTOR) == SECTOR);
	}
	if (!script)
		return fd;
	argv[2] = path;
	input = format_text("%s.in", path);
	assert(file_write(input, script, strlen(script), 0600, &err));
	in = open(input, O_RDONLY);
	if (!process_run(&(struct process){ .argv = argv, .stdin_fd = in },
			 NULL, &err)) {
		fprintf(stderr, "%s\n", err.text);
		assert(false);
	}
	return fd;
}

/* What sfdisk says of a disk. */
static char *dump(const char *disk_path)
{
	const char *argv[] = { "sfdisk", "-d", disk_path, NULL };
	struct error err = { 0 };
	auto_buf text = BUF_INIT;

	if (!process_run(&(struct process){ .argv = argv }, &text, &err)) {
		fprintf(stderr, "%s\n", err.text);
		assert(false);
	}
	return buf_take(&text);
}

/* Verifies a GPT with its own checker. */
static void verify(const char *disk_path)
{
	const char *argv[] = { "sfdisk", "-V", disk_path, NULL };
	struct error err = { 0 };
	auto_buf text = BUF_INIT;

	if (!process_run(&(struct process){ .argv = argv }, &text, &err)) {
		fprintf(stderr, "%s: %s\n", err.text, buf_text(&text));
		assert(false);
	}
}

/* Lays a disk out; returns whether it could, with the new one's path. */
static bool lay_out(int old, struct layout layout, char **ret_path,
		    struct layout_root *ret_root, struct error *err)
{
	auto_of(source) source = NULL;
	auto_close int fd = -1;

	*ret_path = format_text("%s.new", path);
	fd = open(*ret_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0 && ftruncate(fd, (off_t)layout.size) == 0);
	assert(source_open_file(old, "the old disk", &source, err));
	return layout_make(source, &layout, fd, ret_root, err);
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	fprintf(stderr, "no '%s' in:\n%s", part, text);
	assert(false);
}

/* Whether a sector of the new disk is the old one's, or empty. */
static void sector_is(const char *disk_path, long number, const char *wanted)
{
	char data[SECTOR];
	auto_close int fd = open(disk_path, O_RDONLY);

	assert(pread(fd, data, SECTOR, number * SECTOR) == SECTOR);
	if (strcmp(data, wanted) != 0)
		fprintf(stderr, "sector %ld: '%s', not '%s'\n", number, data,
			wanted);
	assert(strcmp(data, wanted) == 0);
}

/* BIOS: code and gap come along, a partition that boots, and root to the end;
 * swap and data do not. */
static void test_mbr(void)
{
	auto_close int old = disk("mbr", 64 * MIB,
				  "label: dos\nlabel-id: 0x12345678\n"
				  "1: start=2048, size=2048, type=e, bootable\n"
				  "2: start=4096, size=2048, type=82\n"
				  "3: start=6144, size=20480, type=83\n"
				  "4: start=40960, type=83\n");
	auto_free char *new = NULL, *text = NULL;
	struct layout_root root;
	struct error err = { 0 };

	assert(lay_out(
		old, (struct layout){ .root = 6144 * SECTOR, .size = 32 * MIB },
		&new, &root, &err));
	assert(root.kind == LAYOUT_MBR && root.number == 3 && root.loader);
	assert(root.offset == 6144 * SECTOR);
	assert(root.offset + root.size == 32 * MIB);
	text = dump(new);
	has(text, "label-id: 0x12345678");
	has(text, "start=        2048, size=        2048, type=e, bootable");
	has(text, "new3 : start=        6144, size=       59392, type=83");
	assert(!strstr(text, "new2") && !strstr(text, "new4"));
	sector_is(new, 1, "sector 1 of mbr");
	sector_is(new, 2047, "sector 2047 of mbr");
	sector_is(new, 2048, "sector 2048 of mbr");
	sector_is(new, 4095, "sector 4095 of mbr");
	sector_is(new, 4096, "");
	sector_is(new, 6144, "");
}

/* Debian's cloud layout: root is number 1 and lies last; UEFI and BIOS both
 * keep theirs. */
static void test_gpt(void)
{
	auto_close int old = disk(
		"gpt", 64 * MIB,
		"label: gpt\nlabel-id: 0FC63DAF-0000-4772-8E79-3D69D8477DE4\n"
		"14: start=2048, size=2048, "
		"type=21686148-6449-6E6F-744E-656564454649\n"
		"15: start=4096, size=2048, "
		"type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\n"
		"1: start=12288, size=40960, name=root, "
		"type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, "
		"uuid=11111111-2222-4333-8444-555555555555\n"
		"2: start=8192, size=2048, "
		"type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F\n");
	static const uint64_t sizes[] = { 16 * MIB, 64 * MIB, 1024 * MIB };

	for (size_t i = 0; i < 3; i++) {
		auto_free char *new = NULL, *text = NULL;
		struct layout_root root;
		struct error err = { 0 };

		assert(lay_out(old,
			       (struct layout){ .root = 12288 * SECTOR,
						.size = sizes[i] },
			       &new, &root, &err));
		assert(root.kind == LAYOUT_GPT && root.number == 1);
		assert(root.loader && root.offset == 12288 * SECTOR);
		assert(root.offset + root.size == sizes[i] - 33 * SECTOR);
		verify(new);
		text = dump(new);
		has(text, "label-id: 0FC63DAF-0000-4772-8E79-3D69D8477DE4");
		has(text, "uuid=11111111-2222-4333-8444-555555555555, "
			  "name=\"root\"");
		has(text, "new14 : start=        2048, size=        2048");
		has(text, "new15 : start=        4096, size=        2048");
		assert(!strstr(text, "new2 "));
		sector_is(new, 0, "sector 0 of gpt");
		sector_is(new, 2048, "sector 2048 of gpt");
		sector_is(new, 6143, "sector 6143 of gpt");
		sector_is(new, 8192, "");
		sector_is(new, 100, "");
		assert(unlink(new) == 0);
	}
}

/* /boot's own partition behind root bounds it. */
static void test_boot(void)
{
	auto_close int old = disk("boot", 64 * MIB,
				  "label: dos\n"
				  "1: start=2048, size=4096, type=83\n"
				  "2: start=10240, size=2048, type=83\n");
	auto_free char *new = NULL;
	struct layout_root root;
	struct error err = { 0 };

	assert(lay_out(old,
		       (struct layout){ .root = 2048 * SECTOR,
					.boot = 10240 * SECTOR,
					.size = 32 * MIB },
		       &new, &root, &err));
	assert(root.size == 8192 * SECTOR);
	sector_is(new, 10240, "sector 10240 of boot");
	sector_is(new, 12287, "sector 12287 of boot");
	sector_is(new, 2048, "");
}

/* Another kind than the old disk's is a new table without a boot loader. */
static void test_fresh(void)
{
	auto_close int old =
		disk("fresh", 64 * MIB, "label: dos\n1: start=2048, type=83\n");
	auto_close int bare = disk("bare", 64 * MIB, NULL);
	auto_free char *new = NULL, *text = NULL, *other = NULL, *third = NULL;
	struct layout_root root;
	struct error err = { 0 };
	struct layout layout = { .kind = LAYOUT_MBR, .size = 32 * MIB };

	assert(lay_out(bare, layout, &new, &root, &err));
	assert(root.kind == LAYOUT_MBR && !root.loader && root.number == 1);
	text = dump(new);
	has(text, "start=        2048, size=       63488, type=83, bootable");
	layout = (struct layout){ LAYOUT_GPT, 2048 * SECTOR, 0, 32 * MIB };
	assert(lay_out(old, layout, &other, &root, &err));
	assert(root.kind == LAYOUT_GPT && !root.loader);
	verify(other);
	free(text);
	text = dump(other);
	has(text, "type=21686148-6449-6E6F-744E-656564454649");
	layout.kind = LAYOUT_NONE;
	assert(lay_out(old, layout, &third, &root, &err));
	assert(root.kind == LAYOUT_NONE && root.offset == 0);
	assert(root.size == 32 * MIB && root.number == 0);
}

/* What a hostile or unusual table gets is one clear error. */
static void refuse(int old, uint64_t begin, uint64_t size, enum fault fault)
{
	auto_free char *new = NULL;
	struct layout_root root;
	struct error err = { 0 };
	struct layout layout = { .root = begin * SECTOR, .size = size };

	assert(!lay_out(old, layout, &new, &root, &err));
	if (err.fault != fault)
		fprintf(stderr, "%s\n", err.text);
	assert(err.fault == fault && *err.text);
}

static void test_refused(void)
{
	auto_close int gpt =
		disk("bad", 64 * MIB, "label: gpt\n1: start=40960\n");
	auto_close int bare = disk("worse", 64 * MIB, NULL);
	auto_close int mbr = disk("overlap", 64 * MIB,
				  "label: dos\n"
				  "1: start=2048, size=4096, bootable\n"
				  "2: start=8192, size=4096\n"
				  "3: start=16384, type=5\n"
				  "5: start=18432, size=2048\n");
	uint8_t byte[4];

	refuse(bare, 2048, 32 * MIB, FAULT_UNSUPPORTED);       /* no table */
	refuse(gpt, 4096, 32 * MIB, FAULT_UNSUPPORTED);	       /* not there */
	refuse(gpt, 40960, 16 * MIB, FAULT_INVALID_PARAMETER); /* too small */
	refuse(gpt, 40960, MIB, FAULT_INVALID_PARAMETER);
	refuse(gpt, 40960, 32 * MIB + 1, FAULT_INVALID_PARAMETER);
	refuse(mbr, 18432, 32 * MIB, FAULT_UNSUPPORTED); /* logical */
	/* the first one is made to overlap root, then to leave the disk */
	memcpy(byte, "\0\x20\0\0", 4);
	assert(pwrite(mbr, byte, 4, 446 + 12) == 4);
	refuse(mbr, 8192, 32 * MIB, FAULT_UNSUPPORTED);
	memset(byte, 0xff, 4);
	assert(pwrite(mbr, byte, 4, 446 + 12) == 4);
	refuse(mbr, 8192, 32 * MIB, FAULT_UNSUPPORTED);
	/* each of these breaks the header in one place */
	for (int at = 8; at < 92; at++) {
		uint8_t old, new;

		assert(pread(gpt, &old, 1, SECTOR + at) == 1);
		new = (uint8_t)~old;
		assert(pwrite(gpt, &new, 1, SECTOR + at) == 1);
		refuse(gpt, 40960, 32 * MIB, FAULT_UNSUPPORTED);
		assert(pwrite(gpt, &old, 1, SECTOR + at) == 1);
	}
}

int main(void)
{
	test_mbr();
	test_gpt();
	test_boot();
	test_fresh();
	test_refused();
	return 0;
}
