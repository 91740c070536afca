/* vmdk.c - what a VMDK claims, before QEMU may read it
 *
 * A VMDK's descriptor is a text that may name any file as an extent or as a
 * parent. So one is taken only where header and descriptor say that all is in
 * this one file, and where QEMU has no reason to look for another place: a
 * capacity of 0 would have it read the descriptor for extents, a footer that is
 * not the header's twin would have it believe the footer, and a parent's name
 * it takes from behind the header, wherever that says that the descriptor is.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/foreign.h"

#define refuse(err, ...) fail(err, FAULT_IMPORT_FORMAT, __VA_ARGS__)

#define MAGIC "KDMV"
#define DESCRIPTOR_MOST (128 * SECTOR)
#define DESCRIPTOR_SECTOR 1	      /* where QEMU looks, … */
#define DESCRIPTOR_READ (20 * SECTOR) /* … and at how much of it */
#define FOOTER_SIZE (3 * SECTOR)
#define AT_END UINT64_MAX
#define TABLE_ENTRIES 512
#define TABLE_BYTES (TABLE_ENTRIES * 4)
#define FLAGS_KNOWN 0x30007U
#define FLAG_COMPRESSED 0x10000U
#define DIRECTORY_PART 4096 /* entries that are read at once */

/* Where fields lie; little-endian. */
enum {
	VERSION = 4,
	FLAGS = 8,
	CAPACITY = 12,
	GRAIN = 20,
	DESCRIPTOR = 28,
	DESCRIPTOR_SIZE = 36,
	ENTRIES = 44,
	DIRECTORY = 56,
	COMPRESSION = 77,
	HEADER_END = 79,
};

struct vmdk {
	int fd;
	uint64_t file_size;
	uint8_t header[SECTOR];
	uint64_t grain;		 /* bytes */
	uint64_t tables, grains; /* that are pointed at */
};

static uint32_t get16_le(const uint8_t *at)
{
	return (uint32_t)at[1] << 8 | at[0];
}

static uint32_t get32_le(const uint8_t *at)
{
	return get16_le(at + 2) << 16 | get16_le(at);
}

static uint64_t get64_le(const uint8_t *at)
{
	return (uint64_t)get32_le(at + 4) << 32 | get32_le(at);
}

bool foreign_read(int fd, void *ret_data, size_t size, uint64_t offset,
		  struct error *err)
{
	uint8_t *to = ret_data;

	if (offset > INT64_MAX - size)
		return refuse(err, "the image's tables lie beyond its end");
	while (size) {
		ssize_t got = pread(fd, to, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read the image");
		if (got == 0)
			return refuse(err, "the image ends within its tables");
		to += got;
		size -= (size_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

bool foreign_size(int fd, uint64_t *ret_size, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at the image");
	if (!S_ISREG(st.st_mode))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the image is no file");
	*ret_size = (uint64_t)st.st_size;
	return true;
}

static bool check_header(const struct vmdk *vmdk, uint64_t most,
			 struct error *err)
{
	const uint8_t *header = vmdk->header;
	uint64_t capacity = get64_le(header + CAPACITY);
	uint64_t grain = get64_le(header + GRAIN);

	if (memcmp(header, MAGIC, 4) != 0)
		return refuse(err, "the image is said to be a VMDK and is no "
				   "sparse one of one file");
	if (get32_le(header + VERSION) < 1 || get32_le(header + VERSION) > 3)
		return refuse(err, "the image is a VMDK of version %" PRIu32,
			      get32_le(header + VERSION));
	if (get32_le(header + FLAGS) & ~FLAGS_KNOWN)
		return refuse(err, "the image has unknown features");
	if (!capacity || capacity > most / SECTOR)
		return refuse(err,
			      "the image shows a disk of %" PRIu64
			      " sectors; 1 to %" PRIu64 " are allowed",
			      capacity, most / SECTOR);
	if (grain < 8 || grain > 2048 || grain & (grain - 1) ||
	    get32_le(header + ENTRIES) != TABLE_ENTRIES)
		return refuse(err, "the image's tables are of no known form");
	if (get16_le(header + COMPRESSION) > 1 ||
	    !(get32_le(header + FLAGS) & FLAG_COMPRESSED) !=
		    !get16_le(header + COMPRESSION))
		return refuse(err, "the image is compressed in an unknown way");
	return true;
}

/* A header whose tables are at the end is repeated there, with their place. */
static bool read_footer(struct vmdk *vmdk, struct error *err)
{
	uint8_t footer[FOOTER_SIZE];
	uint8_t *twin = footer + SECTOR;

	if (get64_le(vmdk->header + DIRECTORY) != AT_END)
		return true;
	if (vmdk->file_size % SECTOR || vmdk->file_size < 2 * FOOTER_SIZE)
		return refuse(err, "the image ends within its footer");
	if (!foreign_read(vmdk->fd, footer, sizeof(footer),
			  vmdk->file_size - FOOTER_SIZE, err))
		return false;
	if (memcmp(twin, vmdk->header, DIRECTORY) != 0 ||
	    memcmp(twin + DIRECTORY + 8, vmdk->header + DIRECTORY + 8,
		   HEADER_END - DIRECTORY - 8) != 0 ||
	    get64_le(twin + DIRECTORY) == AT_END)
		return refuse(err, "the image's footer is another one than its "
				   "header");
	memcpy(vmdk->header + DIRECTORY, twin + DIRECTORY, 8);
	return true;
}

/* One line of the descriptor; *extents counts those that say where data is. */
static bool check_line(const char *line, unsigned *extents, struct error *err)
{
	static const char *const access[] = { "RW ", "RDONLY ", "NOACCESS " };

	line += strspn(line, " \t");
	if (strncasecmp(line, "parentCID", 9) == 0 &&
	    !strcasestr(line, "ffffffff"))
		return refuse(err, "the image stands on another one");
	if (strncasecmp(line, "createType", 10) == 0 &&
	    !strstr(line, "\"monolithicSparse\"") &&
	    !strstr(line, "\"streamOptimized\""))
		return refuse(err,
			      "the image is a VMDK of the kind %.60s: "
			      "monolithicSparse and streamOptimized are "
			      "accepted",
			      line);
	for (size_t i = 0; i < sizeof(access) / sizeof(*access); i++)
		if (strncasecmp(line, access[i], strlen(access[i])) == 0) {
			if (!strstr(line, " SPARSE "))
				return refuse(err, "the image has an extent "
						   "outside: %.60s",
					      line);
			++*extents;
		}
	return true;
}

static bool check_descriptor(char *text, struct error *err)
{
	unsigned extents = 0;
	bool typed = strstr(text, "createType") != NULL;

	/* wherever that stands QEMU would find it */
	if (strcasestr(text, "parentFileNameHint"))
		return refuse(err, "the image stands on another one");
	for (char *line = strtok(text, "\r\n"); line;
	     line = strtok(NULL, "\r\n"))
		if (!check_line(line, &extents, err))
			return false;
	return (typed && extents == 1) ||
	       refuse(err, "the image's descriptor is not one of one extent");
}

/* All that could be taken for a part of the descriptor, as one text. */
static bool read_descriptor(const struct vmdk *vmdk, struct error *err)
{
	uint64_t at = get64_le(vmdk->header + DESCRIPTOR);
	uint64_t size = get64_le(vmdk->header + DESCRIPTOR_SIZE);
	auto_free char *text = NULL;
	uint64_t rest;

	if (!at || at > vmdk->file_size / SECTOR ||
	    size > DESCRIPTOR_MOST / SECTOR)
		return refuse(err, "the image has no descriptor");
	if (at != DESCRIPTOR_SECTOR)
		return refuse(err, "the image's descriptor is not the one that "
				   "would be read");
	at *= SECTOR;
	size *= SECTOR;
	if (size < DESCRIPTOR_READ)
		size = DESCRIPTOR_READ;
	rest = vmdk->file_size - at;
	if (size > rest)
		size = rest;
	text = calloc(1, size + 1);
	if (!text)
		return fail_memory(err);
	if (!foreign_read(vmdk->fd, text, size, at, err))
		return false;
	for (uint64_t i = 0; i < size; i++)
		if (!text[i])
			text[i] = '\n';
	return check_descriptor(text, err);
}

/* One table of grains. */
static bool check_table(struct vmdk *vmdk, uint64_t sector, struct error *err)
{
	uint8_t table[TABLE_BYTES];

	if (++vmdk->tables > vmdk->file_size / TABLE_BYTES)
		return refuse(err, "the image uses a table more than once");
	if (!foreign_read(vmdk->fd, table, sizeof(table), sector * SECTOR, err))
		return false;
	for (size_t i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t grain = get32_le(table + 4 * i);

		if (grain <= 1)
			continue;
		vmdk->grains++;
		if (grain >= vmdk->file_size / SECTOR)
			return refuse(err, "the image's data lie beyond its "
					   "end");
	}
	return true;
}

/* Grains that all lie in the file, and take as much of it as they must. */
static bool check_tables(struct vmdk *vmdk, struct error *err)
{
	bool packed = get32_le(vmdk->header + FLAGS) & FLAG_COMPRESSED;
	uint64_t at = get64_le(vmdk->header + DIRECTORY);
	uint64_t sectors = get64_le(vmdk->header + CAPACITY);
	uint64_t covers = vmdk->grain / SECTOR * TABLE_ENTRIES;
	uint64_t count = (sectors + covers - 1) / covers;
	uint8_t part[4 * DIRECTORY_PART];

	if (!at || at > vmdk->file_size / SECTOR ||
	    count > (vmdk->file_size - at * SECTOR) / 4)
		return refuse(err, "the image's tables lie beyond its end");
	at *= SECTOR;
	for (uint64_t i = 0; i < count; i++) {
		size_t in = i % DIRECTORY_PART;
		uint64_t rest = count - i;

		if (!in &&
		    !foreign_read(
			    vmdk->fd, part,
			    4 * (rest < DIRECTORY_PART ? rest : DIRECTORY_PART),
			    at + 4 * i, err))
			return false;
		if (get32_le(part + 4 * in) &&
		    !check_table(vmdk, get32_le(part + 4 * in), err))
			return false;
	}
	return vmdk->grains <=
		       vmdk->file_size / (packed ? SECTOR : vmdk->grain) ||
	       refuse(err, "the image shows the same data more than once");
}

bool vmdk_read(int fd, uint64_t most, struct disk_header *ret_header,
	       uint64_t *ret_bytes, struct error *err)
{
	struct vmdk vmdk = { .fd = fd };

	if (!foreign_size(fd, &vmdk.file_size, err) ||
	    !foreign_read(fd, vmdk.header, sizeof(vmdk.header), 0, err) ||
	    !check_header(&vmdk, most, err) || !read_footer(&vmdk, err) ||
	    !read_descriptor(&vmdk, err))
		return false;
	vmdk.grain = get64_le(vmdk.header + GRAIN) * SECTOR;
	if (!check_tables(&vmdk, err))
		return false;
	*ret_header = (struct disk_header){
		.format = LAYER_QCOW2,
		.driver = "vmdk",
		.virtual_size = get64_le(vmdk.header + CAPACITY) * SECTOR,
		.file_size = vmdk.file_size,
	};
	*ret_bytes = vmdk.grains * vmdk.grain;
	return true;
}
