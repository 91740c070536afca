/* magic.c - the tables of magic bytes
 *
 * The list is that of QEMU's probing (7.2) and oslo.utils' inspector: whatever
 * somebody else's prober could take for an image must not come in as raw by
 * our guess. Boot sectors and ISO 9660 are what disks begin with, so they are
 * no image formats here.
 */
#include "images/chain/magic.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct magic {
	const char *name;
	size_t offset;
	size_t size;
	const char *bytes;
};

#define MAGIC(name, offset, bytes)                     \
	{                                              \
		name, offset, sizeof(bytes) - 1, bytes \
	}

static const struct magic formats[] = {
	MAGIC("qcow", 0, "QFI\xfb"),
	MAGIC("QED", 0, "QED\0"),
	MAGIC("VMDK (sparse extent)", 0, "KDMV"),
	MAGIC("VMDK (COWD extent)", 0, "COWD"),
	MAGIC("VHDX", 0, "vhdxfile"),
	MAGIC("VHD (dynamic)", 0, "conectix"),
	MAGIC("VDI", 64, "\x7f\x10\xda\xbe"),
	MAGIC("Parallels image", 0, "WithoutFreeSpace"),
	MAGIC("Parallels image", 0, "WithouFreSpacExt"),
	MAGIC("Bochs image", 0, "Bochs Virtual HD Image"),
	MAGIC("cloop image", 0, "#!/bin/sh\n#V2.0 Format\n"),
	MAGIC("LUKS container", 0, "LUKS\xba\xbe"),
};

static const struct magic packers[] = {
	MAGIC("gzip", 0, "\x1f\x8b"),
	MAGIC("xz", 0,
	      "\xfd"
	      "7zXZ\0"),
	MAGIC("zstd", 0, "\x28\xb5\x2f\xfd"),
	MAGIC("bzip2", 0, "BZh"),
	MAGIC("lz4", 0, "\x04\x22\x4d\x18"),
	MAGIC("zip", 0, "PK\x03\x04"),
	MAGIC("7-Zip", 0, "7z\xbc\xaf\x27\x1c"),
	MAGIC("tar", 257, "ustar"),
};

static const struct magic tails[] = {
	MAGIC("VHD (fixed)", 0, "conectix"),
	MAGIC("DMG", 0, "koly"),
};

static const struct magic disk_marks[] = {
	MAGIC("a boot sector", 510, "\x55\xaa"),
	MAGIC("a GUID partition table", 512, "EFI PART"),
	MAGIC("an ISO 9660 image", 0x8001, "CD001"),
	MAGIC("a tar archive", 257, "ustar"),
};

static const char *find(const struct magic *table, size_t count,
			const uint8_t *data, uint64_t size)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].offset + table[i].size <= size &&
		    memcmp(data + table[i].offset, table[i].bytes,
			   table[i].size) == 0)
			return table[i].name;
	return NULL;
}

#define FIND(table, data, size) \
	find(table, sizeof(table) / sizeof(*(table)), data, size)

/* Where the line after this one begins; the end when there is none. */
static const char *next_line(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline + 1 : end;
}

/* A VMDK descriptor is text: comments and blank lines, then "version=". QEMU
 * asks no more than that, so that a "raw" image may turn into one. */
static bool vmdk_descriptor(const uint8_t *head)
{
	static const char version[] = "version=";
	const char *at = (const char *)head;
	const char *end = at + MAGIC_BYTES;

	if (strncmp(at, "# Disk DescriptorFile", 21) == 0)
		return true;
	while (at < end) {
		if (*at == '#')
			at = next_line(at, end);
		else if (*at == ' ' || *at == '\r' || *at == '\n' ||
			 *at == '\t')
			at++;
		else
			break;
	}
	return (size_t)(end - at) >= sizeof(version) - 1 &&
	       strncasecmp(at, version, sizeof(version) - 1) == 0;
}

const char *magic_format(const uint8_t head[MAGIC_BYTES])
{
	const char *name = FIND(formats, head, MAGIC_BYTES);

	if (!name && vmdk_descriptor(head))
		return "VMDK (descriptor)";
	return name;
}

const char *magic_packed(const uint8_t head[MAGIC_BYTES])
{
	return FIND(packers, head, MAGIC_BYTES);
}

const char *magic_tail(const uint8_t tail[512])
{
	return FIND(tails, tail, 512);
}

const char *magic_disk_mark(const uint8_t head[MAGIC_BYTES], uint64_t size)
{
	return FIND(disk_marks, head, size < MAGIC_BYTES ? size : MAGIC_BYTES);
}
