/* vhd.c - what a VHD claims, before QEMU may read it
 *
 * A fixed one is a raw disk with a footer behind it, and is taken as the raw
 * disk that it is. A dynamic one is a table of blocks; one that stands on
 * another file is refused by its type.
 */
#include <inttypes.h>
#include <string.h>

#include "images/chain/chain-private.h"
#include "images/chain/foreign.h"
#include "images/chain/qcow2.h"

#define refuse(err, ...) fail(err, FAULT_IMPORT_FORMAT, __VA_ARGS__)

#define FOOTER_MAGIC "conectix"
#define HEADER_MAGIC "cxsparse"
#define HEADER_SIZE 1024
#define NO_BLOCK UINT32_MAX
#define BLOCK_LEAST (512 * 1024U)
#define BLOCK_MOST (256U << 20)
#define PART 4096 /* entries of the table that are read at once */

/* Where fields lie; big-endian. */
enum footer { FOOTER_DATA = 16, FOOTER_SIZE = 48, FOOTER_TYPE = 60 };
enum header { HEADER_TABLE = 16, HEADER_ENTRIES = 28, HEADER_BLOCK = 32 };
enum type { TYPE_FIXED = 2, TYPE_DYNAMIC = 3 };

struct vhd {
	int fd;
	uint64_t file_size;
	uint64_t size; /* of the disk, bytes */
	uint64_t table;
	uint64_t block;	 /* bytes */
	uint64_t blocks; /* that the file has */
};

static bool check_size(const struct vhd *vhd, uint64_t most, struct error *err)
{
	if (vhd->size && vhd->size % SECTOR == 0 && vhd->size <= most)
		return true;
	return refuse(err,
		      "the image shows a disk of %" PRIu64 " bytes; at most "
		      "%" PRIu64 " in whole sectors are allowed",
		      vhd->size, most);
}

/* The table's place and form. */
static bool read_header(struct vhd *vhd, const uint8_t *footer,
			struct error *err)
{
	uint64_t at = get64(footer + FOOTER_DATA), entries;
	uint8_t header[HEADER_SIZE];

	if (at > vhd->file_size)
		return refuse(err, "the image's header lies beyond its end");
	if (!foreign_read(vhd->fd, header, sizeof(header), at, err))
		return false;
	if (memcmp(header, HEADER_MAGIC, 8) != 0)
		return refuse(err, "the image's header is none of a dynamic "
				   "VHD");
	vhd->table = get64(header + HEADER_TABLE);
	vhd->block = get32(header + HEADER_BLOCK);
	entries = get32(header + HEADER_ENTRIES);
	if (vhd->block < BLOCK_LEAST || vhd->block > BLOCK_MOST ||
	    vhd->block & (vhd->block - 1))
		return refuse(err,
			      "the image's blocks are %" PRIu64 " bytes large",
			      vhd->block);
	if (entries < (vhd->size + vhd->block - 1) / vhd->block)
		return refuse(err, "the image's table is too short for its "
				   "disk");
	if (vhd->table > vhd->file_size ||
	    entries * 4 > vhd->file_size - vhd->table)
		return refuse(err, "the image's table lies beyond its end");
	return true;
}

/* Blocks that all lie in the file, each at a place of its own. */
static bool check_table(struct vhd *vhd, struct error *err)
{
	uint64_t count = (vhd->size + vhd->block - 1) / vhd->block;
	uint8_t part[4 * PART];

	for (uint64_t i = 0; i < count; i++) {
		size_t in = i % PART;
		uint64_t rest = count - i, sector;

		if (!in && !foreign_read(vhd->fd, part,
					 4 * (rest < PART ? rest : PART),
					 vhd->table + 4 * i, err))
			return false;
		sector = get32(part + 4 * in);
		if (sector == NO_BLOCK)
			continue;
		vhd->blocks++;
		if (sector >= vhd->file_size / SECTOR)
			return refuse(err, "the image's data lie beyond its "
					   "end");
	}
	/* the last block may be cut short */
	return vhd->blocks <= vhd->file_size / vhd->block + 1 ||
	       refuse(err, "the image shows the same data more than once");
}

/* The raw disk before the footer. */
static bool read_fixed(struct vhd *vhd, const uint8_t *footer, uint64_t most,
		       struct disk_header *ret_header, uint64_t *ret_bytes,
		       struct error *err)
{
	vhd->size = get64(footer + FOOTER_SIZE);
	if (!check_size(vhd, most, err))
		return false;
	if (vhd->size > vhd->file_size - SECTOR)
		return refuse(err, "the image is shorter than its disk");
	*ret_header = (struct disk_header){
		.format = LAYER_RAW,
		.driver = "raw",
		.virtual_size = vhd->size,
		.file_size = vhd->size,
	};
	*ret_bytes = vhd->size;
	return true;
}

bool vhd_read(int fd, uint64_t most, struct disk_header *ret_header,
	      uint64_t *ret_bytes, struct error *err)
{
	struct vhd vhd = { .fd = fd };
	uint8_t head[SECTOR], tail[SECTOR];

	if (!foreign_size(fd, &vhd.file_size, err))
		return false;
	if (vhd.file_size < 2 * SECTOR)
		return refuse(err, "the image is said to be a VHD and is none");
	if (!foreign_read(fd, head, SECTOR, 0, err) ||
	    !foreign_read(fd, tail, SECTOR, vhd.file_size - SECTOR, err))
		return false;
	if (memcmp(head, FOOTER_MAGIC, 8) != 0 &&
	    memcmp(tail, FOOTER_MAGIC, 8) == 0 &&
	    get32(tail + FOOTER_TYPE) == TYPE_FIXED)
		return read_fixed(&vhd, tail, most, ret_header, ret_bytes, err);
	if (memcmp(head, FOOTER_MAGIC, 8) != 0)
		return refuse(err, "the image is said to be a VHD and is none");
	if (get32(head + FOOTER_TYPE) != TYPE_DYNAMIC)
		return refuse(err,
			      "the image is a VHD of type %" PRIu32
			      ": fixed and dynamic ones are accepted",
			      get32(head + FOOTER_TYPE));
	vhd.size = get64(head + FOOTER_SIZE);
	if (!check_size(&vhd, most, err) || !read_header(&vhd, head, err) ||
	    !check_table(&vhd, err))
		return false;
	*ret_header = (struct disk_header){
		.format = LAYER_QCOW2,
		.driver = "vpc",
		.virtual_size = vhd.size,
		.file_size = vhd.file_size,
	};
	*ret_bytes = vhd.blocks * vhd.block;
	return true;
}
