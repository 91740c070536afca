/* seed.c - meta-data in YAML and a FAT12 disk around it
 *
 * FAT12 and nothing more: one sector a cluster, files one after the other, a
 * root directory of one sector. The same input gives the same bytes, so that
 * a seed can be compared; even the volume's serial number is a digest.
 */
#include "launcher/instance/seed.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/file.h"

#define SECTOR 512
#define TRACK 32 /* sectors; mtools wants whole tracks … */
#define HEADS 4	 /* … and the disk grows by whole cylinders */
#define SECTORS_MOST 512
#define FAT_COPIES 2
#define FAT_SECTORS 2 /* enough for SECTORS_MOST clusters of 12 bits */
#define ROOT_SECTOR (1 + FAT_COPIES * FAT_SECTORS)
#define DATA_SECTOR (ROOT_SECTOR + 1)
#define ENTRY 32 /* bytes of a directory entry */
#define ENTRIES (SECTOR / ENTRY)
#define FIRST_CLUSTER 2
#define LAST_OF_FILE 0xfff
#define MEDIA 0xf8	  /* a fixed disk */
#define DATE_1980 0x21	  /* the first day that FAT knows */
#define LONG_NAME_MOST 13 /* characters of one long-name entry */
#define LABEL "CIDATA     "

struct file {
	const char *name;
	const char *short_name; /* 8 + 3, padded */
	const void *data;
	size_t size;
};

/* Reads one UTF-8 character of at most `size` bytes; 0 when there is none. */
static size_t read_char(const unsigned char *s, size_t size, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t count = *s < 0x80		? 1 :
		       *s >= 0xc2 && *s <= 0xdf ? 2 :
		       (*s & 0xf0) == 0xe0	? 3 :
		       *s >= 0xf0 && *s <= 0xf4 ? 4 :
						  0;
	uint32_t code = count == 1 ? *s : *s & (0x7fU >> count);

	if (!count || count > size)
		return 0;
	for (size_t i = 1; i < count; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[count] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return count;
}

/* Whether YAML 1.1, or a reader of its lines, takes a character amiss. */
static bool is_odd(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0xa0) ||
	       code == 0x2028 || code == 0x2029 || code == 0xfeff ||
	       code == 0xfffe || code == 0xffff;
}

/* A JSON string, which is a YAML one too. Characters above 0xffff stay as they
 * are: YAML does not join the pair of escapes that JSON has for them. What is
 * not UTF-8 becomes the replacement character, byte by byte. */
static void add_string(struct buf *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t left = strlen(text);

	buf_char(out, '"');
	while (left) {
		uint32_t code = 0;
		size_t count = read_char(s, left, &code);

		if (!count)
			buf_str(out, "\\ufffd");
		else if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else if (is_odd(code))
			buf_printf(out, "\\u%04x", (unsigned)code);
		else
			buf_add(out, s, count);
		s += count ? count : 1;
		left -= count ? count : 1;
	}
	buf_char(out, '"');
}

/* A line "key: "value""; none when there is no value. */
static void add_line(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "%s: ", key);
	add_string(out, value);
	buf_char(out, '\n');
}

/* The keys are those of EC2's metadata service. instance-id and local-hostname
 * stand first: small guests take the first line that has the name. */
static void add_meta_data(struct buf *out, const struct seed *seed)
{
	add_line(out, "instance-id", seed->instance_id);
	add_line(out, "local-hostname", seed->hostname);
	add_line(out, "ami-id", seed->ami_id);
	add_line(out, "instance-type", seed->instance_type);
	if (seed->availability_zone || seed->region)
		buf_str(out, "placement:\n");
	add_line(out, "  availability-zone", seed->availability_zone);
	add_line(out, "  region", seed->region);
	if (seed->public_key) {
		buf_str(out, "public-keys:\n  - ");
		add_string(out, seed->public_key);
		buf_char(out, '\n');
	}
	if (seed->tag_count)
		buf_str(out, "tags:\n");
	for (size_t i = 0; i < seed->tag_count; i++) {
		buf_str(out, "  ");
		add_string(out, seed->tags[i].key);
		buf_str(out, ": ");
		add_string(out, seed->tags[i].value);
		buf_char(out, '\n');
	}
}

static void put16(unsigned char *to, unsigned value)
{
	to[0] = (unsigned char)value;
	to[1] = (unsigned char)(value >> 8);
}

static void put32(unsigned char *to, uint32_t value)
{
	put16(to, value & 0xffff);
	put16(to + 2, value >> 16);
}

static size_t sectors_of(size_t size)
{
	return (size + SECTOR - 1) / SECTOR;
}

static void put_boot_sector(unsigned char *disk, size_t sectors,
			    uint32_t serial)
{
	static const unsigned char jump[] = { 0xeb, 0x3c, 0x90 };

	memcpy(disk, jump, sizeof(jump));
	memcpy(disk + 3, "qami    ", 8);
	put16(disk + 11, SECTOR);
	disk[13] = 1;	     /* sectors a cluster */
	put16(disk + 14, 1); /* sectors before the first FAT: this one */
	disk[16] = FAT_COPIES;
	put16(disk + 17, ENTRIES);
	put16(disk + 19, (unsigned)sectors);
	disk[21] = MEDIA;
	put16(disk + 22, FAT_SECTORS);
	put16(disk + 24, TRACK);
	put16(disk + 26, HEADS);
	disk[36] = 0x80; /* the first hard disk */
	disk[38] = 0x29; /* serial, label and type follow */
	put32(disk + 39, serial);
	memcpy(disk + 43, LABEL, 11);
	memcpy(disk + 54, "FAT12   ", 8);
	disk[510] = 0x55;
	disk[511] = 0xaa;
}

/* Sets one 12-bit entry in every copy of the FAT. */
static void put_fat(unsigned char *disk, unsigned cluster, unsigned value)
{
	for (size_t i = 0; i < FAT_COPIES; i++) {
		unsigned char *at =
			disk + (1 + i * FAT_SECTORS) * SECTOR + cluster * 3 / 2;

		if (cluster % 2) {
			at[0] = (unsigned char)((at[0] & 0x0f) | value << 4);
			at[1] = (unsigned char)(value >> 4);
		} else {
			at[0] = (unsigned char)value;
			at[1] = (unsigned char)((at[1] & 0xf0) | value >> 8);
		}
	}
}

/* What ties a long name to its short one. */
static unsigned char short_name_sum(const char *name)
{
	unsigned char sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (unsigned char)((sum << 7 | sum >> 1) +
				      (unsigned char)name[i]);
	return sum;
}

/* The one long-name entry of a name of at most 13 ASCII characters: ended by
 * a zero if there is room, and padded with ones. */
static void put_long_name(unsigned char *entry, const struct file *file)
{
	static const unsigned char places[LONG_NAME_MOST] = {
		1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30
	};
	size_t size = strlen(file->name);

	entry[0] = 0x41; /* the first and last one */
	entry[11] = 0x0f;
	entry[13] = short_name_sum(file->short_name);
	for (size_t i = 0; i < LONG_NAME_MOST; i++)
		put16(entry + places[i],
		      i <= size ? (unsigned char)file->name[i] : 0xffff);
}

static void put_entry(unsigned char *entry, const char *name,
		      unsigned char attributes, unsigned cluster, size_t size)
{
	memcpy(entry, name, 11);
	entry[11] = attributes;
	put16(entry + 16, DATE_1980);
	put16(entry + 18, DATE_1980);
	put16(entry + 24, DATE_1980);
	put16(entry + 26, cluster);
	put32(entry + 28, (uint32_t)size);
}

/* Puts a file's clusters and chain; returns the cluster behind it. An empty
 * file has none. */
static unsigned put_data(unsigned char *disk, const struct file *file,
			 unsigned first)
{
	unsigned end = first + (unsigned)sectors_of(file->size);

	if (!file->size)
		return first;
	memcpy(disk + (DATA_SECTOR + first - FIRST_CLUSTER) * SECTOR,
	       file->data, file->size);
	for (unsigned i = first; i < end; i++)
		put_fat(disk, i, i + 1 < end ? i + 1 : LAST_OF_FILE);
	return end;
}

static void put_disk(unsigned char *disk, size_t sectors, uint32_t serial,
		     const struct file *files, size_t count)
{
	unsigned char *entry = disk + ROOT_SECTOR * SECTOR;
	unsigned cluster = FIRST_CLUSTER;

	put_boot_sector(disk, sectors, serial);
	put_fat(disk, 0, 0xf00 | MEDIA);
	put_fat(disk, 1, LAST_OF_FILE);
	put_entry(entry, LABEL, 0x08, 0, 0);
	for (size_t i = 0; i < count; i++) {
		put_long_name(entry + ENTRY, &files[i]);
		entry += 2 * ENTRY;
		put_entry(entry, files[i].short_name, 0x20,
			  files[i].size ? cluster : 0, files[i].size);
		cluster = put_data(disk, &files[i], cluster);
	}
}

/* The size of a disk for these files, in whole cylinders; 0 if there is none.
 */
static size_t disk_sectors(const struct file *files, size_t count)
{
	size_t cylinder = TRACK * HEADS;
	size_t sectors = DATA_SECTOR;

	for (size_t i = 0; i < count; i++) {
		if (files[i].size > SECTORS_MOST * SECTOR)
			return 0;
		sectors += sectors_of(files[i].size);
	}
	sectors = (sectors + cylinder - 1) / cylinder * cylinder;
	return sectors <= SECTORS_MOST ? sectors : 0;
}

/* A number that differs where the files do. */
static uint32_t serial_of(const struct file *files, size_t count)
{
	char text[2 * SHA256_TEXT_SIZE];
	char digest[SHA256_TEXT_SIZE];

	for (size_t i = 0; i < count; i++)
		sha256_text(files[i].data, files[i].size,
			    text + i * (SHA256_TEXT_SIZE - 1));
	sha256_text(text, count * (SHA256_TEXT_SIZE - 1), digest);
	digest[8] = 0;
	return (uint32_t)strtoul(digest, NULL, 16);
}

bool seed_write(const char *path, const struct seed *seed, struct error *err)
{
	auto_buf meta_data = BUF_INIT;
	auto_free unsigned char *disk = NULL;
	struct file files[] = {
		{ .name = "meta-data", .short_name = "META-D~1   " },
		{ .name = "user-data",
		  .short_name = "USER-D~1   ",
		  .data = seed->user_data ? seed->user_data : "",
		  .size = seed->user_data ? seed->user_data_size : 0 },
	};
	size_t sectors;

	add_meta_data(&meta_data, seed);
	if (meta_data.broken)
		return fail_memory(err);
	files[0].data = buf_text(&meta_data);
	files[0].size = meta_data.size;
	sectors = disk_sectors(files, 2);
	if (!sectors)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "User data and tags do not fit on a seed disk of "
			    "%d KiB.",
			    SECTORS_MOST * SECTOR / 1024);
	disk = calloc(sectors, SECTOR);
	if (!disk)
		return fail_memory(err);
	put_disk(disk, sectors, serial_of(files, 2), files, 2);
	return file_write(path, disk, sectors * SECTOR, 0600, err);
}
