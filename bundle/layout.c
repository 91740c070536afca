/* layout.c - MBR and GPT, read with distrust and written anew
 *
 * The old table may be a hostile guest's: every number in it is checked before
 * anything is copied by it. What stays keeps its identifiers, because boot
 * loaders, kernels' command lines and firmware find partitions by them.
 */
#include "bundle/layout.h"

#include <string.h>
#include <zlib.h>

#include "images/base/file.h"
#include "images/base/id.h"

#define SECTOR 512
#define MIB ((uint64_t)1 << 20)
#define GAP_MOST 32768 /* sectors */
#define FIRST 2048     /* the sector where a first partition begins */
#define CHUNK (1 << 20)

/* Where things are in a boot sector, … */
#define MBR_CODE 440 /* bytes of code; a disk's identifier follows */
#define MBR_ENTRIES 446
#define MBR_ENTRY 16
#define MBR_COUNT 4
#define MBR_ACTIVE 0x80
#define MBR_LINUX 0x83
#define MBR_EFI 0xef
#define MBR_PROTECTIVE 0xee

/* … in a GPT's header, … */
#define GPT_HEADER_SIZE 92
#define GPT_ENTRY 128
#define GPT_ENTRIES_MOST 1024
#define GPT_LEGACY_BOOT 4 /* bit 2 of an entry's attributes */

/* … and which of its types booting takes, as they lie on the disk. */
typedef uint8_t guid[16];
static const guid bios_boot = {
	0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6f, 0x6e,
	0x74, 0x4e, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49
};
static const guid efi_system = {
	0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
	0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b
};
static const guid extended_boot = { 0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59,
				    0x62, 0x42, 0xa3, 0x52, 0xb2, 0x75,
				    0xfd, 0x6f, 0x71, 0x72 };
static const guid linux_data = {
	0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
	0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4
};

/* The work: an old disk, and the new one's file. Sizes are in sectors. */
struct work {
	struct source *old;
	const struct layout *layout;
	int fd;
	uint64_t old_size, size;
	uint8_t boot[SECTOR]; /* the old boot sector */
};

static uint64_t get(const uint8_t *from, size_t bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | from[bytes];
	return value;
}

static void put(uint8_t *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++, value >>= 8)
		to[i] = (uint8_t)value;
}

bool layout_kind_parse(const char *text, enum layout_kind *ret_kind)
{
	static const char *const kinds[] = {
		[LAYOUT_SAME] = "auto",
		[LAYOUT_MBR] = "mbr",
		[LAYOUT_GPT] = "gpt",
		[LAYOUT_NONE] = "none",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(text, kinds[i]) == 0) {
			*ret_kind = (enum layout_kind)i;
			return true;
		}
	return false;
}

static bool disk_write(const struct work *work, const void *data, size_t size,
		       uint64_t at, struct error *err)
{
	if (lseek(work->fd, (off_t)at, SEEK_SET) < 0)
		return fail_errno(err, "cannot write the new disk");
	return write_all(work->fd, data, size, "the new disk", err);
}

static bool is_zero(const uint8_t *data, size_t size)
{
	return !data[0] && memcmp(data, data + 1, size - 1) == 0;
}

/* Copies sectors to the same place, but for zeros. */
static bool copy(const struct work *work, uint64_t start, uint64_t count,
		 struct error *err)
{
	auto_free uint8_t *data = malloc(CHUNK);
	uint64_t at = start * SECTOR, end = (start + count) * SECTOR;
	uint64_t size;
	bool full;

	if (!data)
		return fail_memory(err);
	for (; at < end; at += size) {
		if (!source_next(work->old, at, &size, &full, err))
			return false;
		if (size > end - at)
			size = end - at;
		if (!full)
			continue;
		if (size > CHUNK)
			size = CHUNK;
		if (!source_read(work->old, data, (size_t)size, at, err) ||
		    (!is_zero(data, (size_t)size) &&
		     !disk_write(work, data, (size_t)size, at, err)))
			return false;
	}
	return true;
}

/* A partition of either table. */
struct part {
	uint64_t start, count; /* count 0: unused */
	bool keep;
};

/* Decides what stays and how far root reaches; `first` and `last` are the
 * sectors that partitions may take. *ret_index is root's. */
static bool arrange(const struct work *work, struct part *parts, size_t count,
		    uint64_t first, uint64_t last, size_t *ret_index,
		    struct error *err)
{
	size_t root = count;
	uint64_t end = last + 1;

	for (size_t i = 0; i < count; i++) {
		struct part *part = &parts[i];

		if (!part->count)
			continue;
		if (part->start >= work->old_size ||
		    part->count > work->old_size - part->start)
			return fail(err, FAULT_UNSUPPORTED,
				    "the disk's partition %zu reaches beyond "
				    "its end",
				    i + 1);
		if (part->start * SECTOR == work->layout->root)
			root = i;
		else if (part->start * SECTOR == work->layout->boot)
			part->keep = true;
	}
	if (root == count)
		return fail(err, FAULT_UNSUPPORTED,
			    "the root file system's partition is not in the "
			    "disk's table, or a logical one");
	for (size_t i = 0; i < count; i++) {
		const struct part *part = &parts[i];

		if (i == root || !part->count || !part->keep)
			continue;
		if (part->start < first || part->start > last ||
		    part->count > last + 1 - part->start)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "the new disk is too small for partition "
				    "%zu, which booting takes",
				    i + 1);
		if (part->start < parts[root].start &&
		    part->count > parts[root].start - part->start)
			return fail(err, FAULT_UNSUPPORTED,
				    "the disk's partitions overlap");
		if (part->start > parts[root].start && part->start < end)
			end = part->start;
	}
	if (parts[root].start < first || parts[root].start + FIRST > end)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the new disk is too small for the root partition, "
			    "which begins at sector %llu",
			    (unsigned long long)parts[root].start);
	parts[root].keep = true;
	parts[root].count = end - parts[root].start;
	*ret_index = root;
	return true;
}

/* Copies the partitions that stay, but for root. */
static bool copy_parts(const struct work *work, const struct part *parts,
		       size_t count, size_t root, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (i != root && parts[i].count && parts[i].keep &&
		    !copy(work, parts[i].start, parts[i].count, err))
			return false;
	return true;
}

static struct layout_root found(enum layout_kind kind, const struct part *root,
				size_t index, bool loader)
{
	return (struct layout_root){
		.kind = kind,
		.offset = root->start * SECTOR,
		.size = root->count * SECTOR,
		.number = (unsigned)index + 1,
		.loader = loader,
	};
}

static bool mbr_keep(const struct work *work, struct layout_root *ret_root,
		     struct error *err)
{
	struct part parts[MBR_COUNT];
	uint8_t sector[SECTOR];
	uint64_t gap = GAP_MOST, last = work->size - 1;
	size_t root = 0;

	memcpy(sector, work->boot, SECTOR);
	for (size_t i = 0; i < MBR_COUNT; i++) {
		const uint8_t *entry = sector + MBR_ENTRIES + i * MBR_ENTRY;

		parts[i] = (struct part){
			.start = get(entry + 8, 4),
			.count = entry[4] ? get(entry + 12, 4) : 0,
			.keep = entry[0] == MBR_ACTIVE || entry[4] == MBR_EFI,
		};
		if (parts[i].count && parts[i].start < gap)
			gap = parts[i].start;
	}
	if (last > UINT32_MAX)
		last = UINT32_MAX;
	if (!arrange(work, parts, MBR_COUNT, 1, last, &root, err))
		return false;
	for (size_t i = 0; i < MBR_COUNT; i++) {
		uint8_t *entry = sector + MBR_ENTRIES + i * MBR_ENTRY;

		if (!parts[i].count || !parts[i].keep)
			memset(entry, 0, MBR_ENTRY);
		else
			put(entry + 12, parts[i].count, 4);
		if (i == root)
			memset(entry + 5, 0xff, 3); /* beyond cylinders */
	}
	*ret_root = found(LAYOUT_MBR, &parts[root], root, true);
	return (gap < 2 || copy(work, 1, gap - 1, err)) &&
	       copy_parts(work, parts, MBR_COUNT, root, err) &&
	       disk_write(work, sector, SECTOR, 0, err);
}

/* The boot sector before a GPT: the old one's code, and one entry over all. */
static bool write_protective(const struct work *work, struct error *err)
{
	uint8_t sector[SECTOR] = { 0 };
	uint8_t *entry = sector + MBR_ENTRIES;
	uint64_t count = work->size - 1;

	memcpy(sector, work->boot, MBR_ENTRIES);
	if (work->boot[MBR_ENTRIES + 4] == MBR_PROTECTIVE)
		entry[0] = work->boot[MBR_ENTRIES];
	entry[2] = 2;
	entry[4] = MBR_PROTECTIVE;
	memset(entry + 5, 0xff, 3);
	put(entry + 8, 1, 4);
	put(entry + 12, count > UINT32_MAX ? UINT32_MAX : count, 4);
	sector[510] = 0x55;
	sector[511] = 0xaa;
	return disk_write(work, sector, SECTOR, 0, err);
}

/* Sectors of a table of entries. */
static uint64_t gpt_sectors(uint64_t count)
{
	return (count * GPT_ENTRY + SECTOR - 1) / SECTOR;
}

/* Writes both copies; `header` has the disk's GUID, its first usable sector
 * and the number of entries. */
static bool gpt_write(const struct work *work, uint8_t *header,
		      const uint8_t *entries, struct error *err)
{
	uint64_t count = get(header + 80, 4), sectors = gpt_sectors(count);
	uint64_t end = work->size - 1;

	memcpy(header, "EFI PART\0\0\1\0", 12);
	put(header + 12, GPT_HEADER_SIZE, 4);
	put(header + 48, end - sectors - 1, 8);
	put(header + 84, GPT_ENTRY, 4);
	put(header + 88, crc32(0, entries, (unsigned)(count * GPT_ENTRY)), 4);
	for (int backup = 0; backup < 2; backup++) {
		uint64_t table = backup ? end - sectors : 2;

		put(header + 24, backup ? end : 1, 8);
		put(header + 32, backup ? 1 : end, 8);
		put(header + 72, table, 8);
		put(header + 16, 0, 4);
		put(header + 16, crc32(0, header, GPT_HEADER_SIZE), 4);
		if (!disk_write(work, entries, count * GPT_ENTRY,
				table * SECTOR, err) ||
		    !disk_write(work, header, SECTOR,
				(backup ? end : 1) * SECTOR, err))
			return false;
	}
	return write_protective(work, err);
}

/* Reads the old GPT; *ret_entries is to be freed. */
static bool gpt_read(const struct work *work, uint8_t *ret_header,
		     uint8_t **ret_entries, size_t *ret_count,
		     struct error *err)
{
	uint8_t header[SECTOR];
	auto_free uint8_t *entries = NULL;
	uint64_t count, table, crc;

	if (!source_read(work->old, header, SECTOR, SECTOR, err))
		return false;
	crc = get(header + 16, 4);
	put(header + 16, 0, 4);
	count = get(header + 80, 4);
	table = get(header + 72, 8);
	if (get(header + 12, 4) != GPT_HEADER_SIZE ||
	    crc32(0, header, GPT_HEADER_SIZE) != crc ||
	    get(header + 84, 4) != GPT_ENTRY || count == 0 ||
	    count > GPT_ENTRIES_MOST || count % 4 || table < 2 ||
	    table >= work->old_size ||
	    gpt_sectors(count) > work->old_size - table)
		return fail(err, FAULT_UNSUPPORTED,
			    "the disk's GPT is damaged, or of an unusual form");
	entries = malloc(count * GPT_ENTRY);
	if (!entries)
		return fail_memory(err);
	if (!source_read(work->old, entries, count * GPT_ENTRY, table * SECTOR,
			 err))
		return false;
	if (crc32(0, entries, (unsigned)(count * GPT_ENTRY)) !=
	    get(header + 88, 4))
		return fail(err, FAULT_UNSUPPORTED,
			    "the disk's GPT is damaged: its checksum is wrong");
	memset(header + GPT_HEADER_SIZE, 0, SECTOR - GPT_HEADER_SIZE);
	memcpy(ret_header, header, SECTOR);
	*ret_entries = take(entries);
	*ret_count = count;
	return true;
}

static bool gpt_boots(const uint8_t *entry)
{
	return memcmp(entry, bios_boot, 16) == 0 ||
	       memcmp(entry, efi_system, 16) == 0 ||
	       memcmp(entry, extended_boot, 16) == 0 ||
	       (entry[48] & GPT_LEGACY_BOOT);
}

static bool gpt_keep(const struct work *work, struct layout_root *ret_root,
		     struct error *err)
{
	static const guid unused = { 0 };
	auto_free uint8_t *entries = NULL;
	auto_free struct part *parts = NULL;
	uint8_t header[SECTOR];
	uint64_t last;
	size_t count = 0, root;

	if (!gpt_read(work, header, &entries, &count, err))
		return false;
	parts = calloc(count, sizeof(*parts));
	if (!parts)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *entry = entries + i * GPT_ENTRY;
		uint64_t start = get(entry + 32, 8), end = get(entry + 40, 8);

		if (memcmp(entry, unused, 16) == 0 || end < start)
			continue;
		parts[i] = (struct part){ start, end - start + 1,
					  gpt_boots(entry) };
	}
	last = work->size - gpt_sectors(count) - 2;
	if (!arrange(work, parts, count, 2 + gpt_sectors(count), last, &root,
		     err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!parts[i].count || !parts[i].keep)
			memset(entries + i * GPT_ENTRY, 0, GPT_ENTRY);
	put(entries + root * GPT_ENTRY + 40,
	    parts[root].start + parts[root].count - 1, 8);
	*ret_root = found(LAYOUT_GPT, &parts[root], root, true);
	return copy_parts(work, parts, count, root, err) &&
	       gpt_write(work, header, entries, err);
}

/* An MBR with nothing but root. */
static bool mbr_fresh(struct work *work, struct layout_root *ret_root,
		      struct error *err)
{
	struct part root = { .start = FIRST, .count = work->size - FIRST };
	uint8_t sector[SECTOR] = { 0 };
	uint8_t *entry = sector + MBR_ENTRIES;

	if (root.count > UINT32_MAX)
		root.count = UINT32_MAX;
	random_bytes(sector + MBR_CODE, 4);
	entry[0] = MBR_ACTIVE;
	memset(entry + 1, 0xff, 7);
	entry[4] = MBR_LINUX;
	put(entry + 8, root.start, 4);
	put(entry + 12, root.count, 4);
	sector[510] = 0x55;
	sector[511] = 0xaa;
	*ret_root = found(LAYOUT_MBR, &root, 0, false);
	return disk_write(work, sector, SECTOR, 0, err);
}

static void random_guid(uint8_t *ret_guid)
{
	random_bytes(ret_guid, 16);
	ret_guid[7] = (uint8_t)((ret_guid[7] & 0x0f) | 0x40);
	ret_guid[8] = (uint8_t)((ret_guid[8] & 0x3f) | 0x80);
}

static void gpt_entry(uint8_t *entry, const guid type, const char *name,
		      uint64_t start, uint64_t end)
{
	memcpy(entry, type, 16);
	random_guid(entry + 16);
	put(entry + 32, start, 8);
	put(entry + 40, end, 8);
	for (size_t i = 0; name[i]; i++)
		entry[56 + 2 * i] = (uint8_t)name[i];
}

/* A GPT with root, and a place for the boot loader's second stage. */
static bool gpt_fresh(struct work *work, struct layout_root *ret_root,
		      struct error *err)
{
	uint8_t entries[GPT_ENTRY * 128] = { 0 };
	uint8_t header[SECTOR] = { 0 };
	uint64_t last = work->size - gpt_sectors(128) - 2;
	struct part root = { .start = 2 * FIRST };

	root.count = last + 1 - root.start;
	gpt_entry(entries, linux_data, "Linux", root.start, last);
	gpt_entry(entries + 127 * GPT_ENTRY, bios_boot, "BIOS boot", FIRST,
		  root.start - 1);
	random_guid(header + 56);
	put(header + 40, 2 + gpt_sectors(128), 8);
	put(header + 80, 128, 4);
	*ret_root = found(LAYOUT_GPT, &root, 0, false);
	memset(work->boot, 0, SECTOR);
	return gpt_write(work, header, entries, err);
}

static bool old_kind(struct work *work, enum layout_kind *ret_kind,
		     struct error *err)
{
	uint8_t header[SECTOR];

	if (work->old_size < 4)
		return fail(err, FAULT_UNSUPPORTED, "the disk is too small");
	if (!source_read(work->old, work->boot, SECTOR, 0, err) ||
	    !source_read(work->old, header, SECTOR, SECTOR, err))
		return false;
	*ret_kind = LAYOUT_MBR;
	if (!work->layout->root)
		*ret_kind = LAYOUT_NONE;
	else if (memcmp(header, "EFI PART", 8) == 0)
		*ret_kind = LAYOUT_GPT;
	else if (work->boot[510] != 0x55 || work->boot[511] != 0xaa)
		return fail(err, FAULT_UNSUPPORTED,
			    "the disk has neither an MBR nor a GPT");
	return true;
}

bool layout_make(struct source *old, const struct layout *layout, int fd,
		 struct layout_root *ret_root, struct error *err)
{
	struct work work = {
		.old = old,
		.layout = layout,
		.fd = fd,
		.old_size = old->size / SECTOR,
		.size = layout->size / SECTOR,
	};
	enum layout_kind kind = LAYOUT_NONE, wanted;

	if (layout->size < 8 * MIB || layout->size % MIB)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a disk takes whole MiB, and 8 at the least");
	if (!old_kind(&work, &kind, err))
		return false;
	wanted = layout->kind == LAYOUT_SAME ? kind : layout->kind;
	if (wanted == LAYOUT_MBR)
		return kind == LAYOUT_MBR ? mbr_keep(&work, ret_root, err) :
					    mbr_fresh(&work, ret_root, err);
	if (wanted == LAYOUT_GPT)
		return kind == LAYOUT_GPT ? gpt_keep(&work, ret_root, err) :
					    gpt_fresh(&work, ret_root, err);
	*ret_root = (struct layout_root){
		.kind = LAYOUT_NONE,
		.size = layout->size,
	};
	return true;
}
