/* table.c - what a foreign qcow2's L1 and L2 tables claim
 *
 * An image without snapshots uses each of its clusters once, so the clusters
 * it points at cannot add up to more than its file. Counting proves that; no
 * map of the file is needed, and an image that shows one cluster a million
 * times is refused before anything was written.
 */
#include "images/chain/table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/qcow2.h"

#define L1_PART 8192 /* entries of the L1 table that are read at once */

/* No packer does better: deflate by its format, zstd on its smallest frame. */
#define ZLIB_RATIO_MOST 1032
#define ZSTD_LEAST 8

#define refuse(err, ...) fail(err, FAULT_IMPORT_FORMAT, __VA_ARGS__)

struct tables {
	int fd;
	unsigned bits; /* of a cluster */
	uint64_t cluster;
	uint64_t file_size;
	uint64_t l1_offset, l1_end;
	uint64_t counts_offset, counts_end; /* the refcount table */
	unsigned entry_size;		    /* of an L2 table */
	bool zero_flag;			    /* its entries have one */
	uint64_t packed_least; /* no compressed cluster takes less */
	uint64_t claimed;      /* bytes of the file that were pointed at */
	uint64_t plain;	 /* bytes of the disk in clusters as they are … */
	uint64_t packed; /* … and in compressed ones */
};

static bool read_whole(int fd, void *data, size_t size, uint64_t offset,
		       struct error *err)
{
	ssize_t got = pread(fd, data, size, (off_t)offset);

	if (got < 0)
		return fail_errno(err, "cannot read the image's tables");
	if ((size_t)got < size)
		return refuse(err, "the image ends within its tables");
	return true;
}

static bool read_header(struct tables *tables, struct error *err)
{
	uint8_t data[QCOW2_LENGTH] = { 0 };
	uint64_t features;
	bool v3;

	if (!read_whole(tables->fd, data, sizeof(data), 0, err))
		return false;
	v3 = get32(data + QCOW2_VERSION) == 3;
	features = v3 ? get64(data + QCOW2_INCOMPATIBLE) : 0;
	tables->bits = get32(data + QCOW2_CLUSTER_BITS);
	tables->cluster = 1ULL << tables->bits;
	tables->l1_offset = get64(data + QCOW2_L1_OFFSET);
	tables->l1_end = tables->l1_offset + get32(data + QCOW2_L1_SIZE) * 8ULL;
	tables->counts_offset = get64(data + QCOW2_REFTABLE_OFFSET);
	tables->counts_end = tables->counts_offset +
			     ((uint64_t)get32(data + QCOW2_REFTABLE_CLUSTERS)
			      << tables->bits);
	tables->entry_size = features & QCOW2_EXTENDED_L2 ? 16 : 8;
	tables->zero_flag = v3 && !(features & QCOW2_EXTENDED_L2);
	tables->packed_least = features & QCOW2_COMPRESSION_TYPE ?
				       ZSTD_LEAST :
				       tables->cluster / ZLIB_RATIO_MOST + 1;
	return true;
}

/* Counts a piece of the file that an entry points at. */
static bool claim(struct tables *tables, uint64_t offset, uint64_t size,
		  struct error *err)
{
	uint64_t end = offset + size;

	if (offset < tables->cluster ||
	    (offset < tables->l1_end && end > tables->l1_offset) ||
	    (offset < tables->counts_end && end > tables->counts_offset))
		return refuse(err, "the image uses its own tables as data");
	if (offset < tables->file_size)
		tables->claimed += end < tables->file_size ?
					   size :
					   tables->file_size - offset;
	if (tables->claimed > tables->file_size)
		return refuse(err, "the image shows the same bytes more than "
				   "once");
	return true;
}

static bool check_compressed(struct tables *tables, uint64_t entry,
			     struct error *err)
{
	unsigned at = 62 - (tables->bits - 8);
	uint64_t offset = entry & ((1ULL << at) - 1);
	uint64_t sectors = (entry & (QCOW2_COMPRESSED - 1)) >> at;
	/* what is certain: the last sector holds one byte of it */
	uint64_t size = sectors ? sectors * SECTOR - offset % SECTOR + 1 : 1;

	if (size < tables->packed_least)
		size = tables->packed_least;
	if (offset >= tables->file_size)
		return refuse(err, "the image's compressed data lies beyond "
				   "its end");
	tables->packed += tables->cluster;
	return claim(tables, offset, size, err);
}

static bool check_l2(struct tables *tables, uint8_t *data, uint64_t offset,
		     struct error *err)
{
	if (offset % tables->cluster)
		return refuse(err, "the image's L2 table is at no place for "
				   "one");
	if (offset >= tables->file_size ||
	    tables->file_size - offset < tables->cluster)
		return refuse(err, "the image's L2 table lies beyond its end");
	if (!claim(tables, offset, tables->cluster, err) ||
	    !read_whole(tables->fd, data, tables->cluster, offset, err))
		return false;
	for (uint64_t i = 0; i < tables->cluster; i += tables->entry_size) {
		uint64_t entry = get64(data + i);
		uint64_t at = entry & QCOW2_OFFSET_MASK;

		if (entry & QCOW2_COMPRESSED) {
			if (!check_compressed(tables, entry, err))
				return false;
			continue;
		}
		if (at == 0)
			continue;
		if (at % tables->cluster)
			return refuse(err, "the image's data is at no place "
					   "for a cluster");
		if (!claim(tables, at, tables->cluster, err))
			return false;
		if (!tables->zero_flag || !(entry & QCOW2_ZERO))
			tables->plain += tables->cluster;
	}
	return true;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool tables_check(int fd, const struct disk_header *header, uint64_t *ret_bytes,
		  struct error *err)
{
	struct tables tables = { .fd = fd, .file_size = header->file_size };
	auto_free uint8_t *l1 = malloc(L1_PART * 8);
	auto_free uint8_t *l2 = NULL;
	struct stat st;

	if (!read_header(&tables, err))
		return false;
	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at the image");
	l2 = malloc(tables.cluster);
	if (!l1 || !l2)
		return fail_memory(err);
	for (uint64_t at = tables.l1_offset; at < tables.l1_end;) {
		uint64_t rest = tables.l1_end - at;
		size_t part = rest < L1_PART * 8 ? rest : L1_PART * 8;

		if (!read_whole(fd, l1, part, at, err))
			return false;
		for (size_t i = 0; i < part; i += 8) {
			uint64_t offset = get64(l1 + i) & QCOW2_OFFSET_MASK;

			if (offset && !check_l2(&tables, l2, offset, err))
				return false;
		}
		at += part;
	}
	*ret_bytes = least(tables.plain, (uint64_t)st.st_blocks * 512);
	*ret_bytes = least(*ret_bytes + tables.packed, header->virtual_size);
	return true;
}
