/* header.c - what a foreign image's header says, before any tool may read it
 *
 * A disk image is a program for the tool that opens it: it can name files of
 * the host, ask for terabytes, or be two formats at once. So nothing but this
 * parser decides whether QEMU's may see it, and it is an allow-list: what is
 * not known to be harmless is refused, in words that say what it was.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/chain/chain-private.h"
#include "images/chain/foreign.h"
#include "images/chain/magic.h"
#include "images/chain/qcow2.h"

/* The first bytes of an image; zeros where it is shorter. */
struct head {
	uint8_t data[MAGIC_BYTES];
	uint64_t file_size;
	int fd;
};

#define refuse(err, ...) fail(err, FAULT_IMPORT_FORMAT, __VA_ARGS__)

static bool read_at(int fd, void *data, size_t size, uint64_t offset,
		    struct error *err)
{
	uint8_t *at = data;

	while (size) {
		ssize_t got = pread(fd, at, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read the image");
		if (got == 0)
			break;
		at += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	memset(at, 0, size);
	return true;
}

static bool read_head(int fd, struct head *ret_head, struct error *err)
{
	struct stat st;
	off_t end;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at the image");
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the image is neither a file nor a block device");
	end = S_ISREG(st.st_mode) ? st.st_size : lseek(fd, 0, SEEK_END);
	if (end < 0)
		return fail_errno(err, "cannot find the size of the image");
	ret_head->file_size = (uint64_t)end;
	ret_head->fd = fd;
	return read_at(fd, ret_head->data, sizeof(ret_head->data), 0, err);
}

static bool check_size(uint64_t size, uint64_t most, struct error *err)
{
	if (size == 0)
		return refuse(err, "the image is empty");
	if (size > most)
		return refuse(err,
			      "the image shows a disk of %" PRIu64
			      " bytes; at most %" PRIu64 " are allowed",
			      size, most);
	return true;
}

/* Whether a table lies on clusters of its own within the file. */
static bool check_table(const struct head *head, const char *what,
			uint64_t offset, uint64_t bytes, struct error *err)
{
	unsigned bits = get32(head->data + QCOW2_CLUSTER_BITS);

	if (offset & ((1ULL << bits) - 1) || offset >> bits == 0)
		return refuse(err, "the image's %s is at no place for one",
			      what);
	if (offset > head->file_size || bytes > head->file_size - offset)
		return refuse(err, "the image's %s lies beyond its end", what);
	return true;
}

static bool check_features(const struct head *head, struct error *err)
{
	uint64_t must = get64(head->data + QCOW2_INCOMPATIBLE);
	uint64_t may = get64(head->data + QCOW2_COMPATIBLE);
	uint64_t clear = get64(head->data + QCOW2_AUTOCLEAR);

	if (must & QCOW2_DATA_FILE)
		return refuse(err, "the image keeps its data in another file");
	if (must & QCOW2_CORRUPT)
		return refuse(err, "the image is marked as corrupt");
	if (must & QCOW2_DIRTY)
		return refuse(err, "the image was not closed cleanly; "
				   "\"qemu-img check -r all\" may mend it");
	if (must & ~(QCOW2_COMPRESSION_TYPE | QCOW2_EXTENDED_L2))
		return refuse(
			err, "the image needs unknown features (0x%" PRIx64 ")",
			must);
	if (may & ~QCOW2_LAZY_REFCOUNTS)
		return refuse(err,
			      "the image has unknown compatible features "
			      "(0x%" PRIx64 ")",
			      may);
	if (clear & QCOW2_BITMAPS)
		return refuse(err, "the image holds dirty bitmaps; remove them "
				   "with \"qemu-img bitmap --remove\"");
	if (clear & QCOW2_DATA_FILE_RAW)
		return refuse(err, "the image says that another file holds its "
				   "data as it is");
	if (clear)
		return refuse(err,
			      "the image has unknown autoclear features "
			      "(0x%" PRIx64 ")",
			      clear);
	return true;
}

/* The part of the header that version 2 has not. */
static bool check_version_3(const struct head *head, struct error *err)
{
	static const uint8_t zeros[QCOW2_LENGTH - QCOW2_COMPRESSION - 1];
	const uint8_t *data = head->data;
	uint32_t length = get32(data + QCOW2_HEADER_LENGTH);
	bool typed = get64(data + QCOW2_INCOMPATIBLE) & QCOW2_COMPRESSION_TYPE;
	uint8_t type = length > QCOW2_COMPRESSION ? data[QCOW2_COMPRESSION] : 0;

	if (!check_features(head, err))
		return false;
	if (get32(data + QCOW2_REFCOUNT_ORDER) > QCOW2_REFCOUNT_ORDER_MOST)
		return refuse(err,
			      "the image's refcounts are %" PRIu32
			      " powers of two wide",
			      get32(data + QCOW2_REFCOUNT_ORDER));
	if (length != QCOW2_V3_LENGTH && length != QCOW2_LENGTH)
		return refuse(err,
			      "the image's header is %" PRIu32 " bytes long",
			      length);
	if (type > 1)
		return refuse(err, "the image is compressed in an unknown way");
	if (typed != (type != 0))
		return refuse(err, "the image's header contradicts itself "
				   "about how it is compressed");
	if (length == QCOW2_LENGTH &&
	    memcmp(data + QCOW2_COMPRESSION + 1, zeros, sizeof(zeros)) != 0)
		return refuse(err, "the image's header has unknown fields");
	return true;
}

static bool check_extension(uint32_t type, uint32_t length, struct error *err)
{
	switch (type) {
	case QCOW2_EXT_FEATURE_NAMES:
		if (length % QCOW2_FEATURE_NAME_SIZE)
			return refuse(err,
				      "the image's feature names are %" PRIu32
				      " bytes long",
				      length);
		return true;
	case QCOW2_EXT_BACKING_FORMAT:
		return refuse(err, "the image names the format of a backing "
				   "file");
	case QCOW2_EXT_BITMAPS:
		return refuse(err, "the image has a header extension for dirty "
				   "bitmaps");
	case QCOW2_EXT_ENCRYPTION:
		return refuse(err, "the image has a header extension for "
				   "encryption");
	case QCOW2_EXT_DATA_FILE:
		return refuse(err, "the image names an external data file");
	default:
		return refuse(err,
			      "the image has an unknown header extension "
			      "(0x%08" PRIx32 ")",
			      type);
	}
}

/* Walks the header extensions; only feature names are harmless, and nobody
 * writes them twice. */
static bool check_extensions(const struct head *head, uint64_t at,
			     struct error *err)
{
	uint64_t end = 1ULL << get32(head->data + QCOW2_CLUSTER_BITS);
	bool named = false;

	while (at + 8 <= end) {
		uint8_t raw[8];
		uint32_t type, length;

		if (!read_at(head->fd, raw, sizeof(raw), at, err))
			return false;
		type = get32(raw);
		length = get32(raw + 4);
		if (type == QCOW2_EXT_END)
			return true;
		if (!check_extension(type, length, err))
			return false;
		if (length > end - at - 8)
			return refuse(err, "the image's header extensions do "
					   "not fit into its first cluster");
		if (named)
			return refuse(err, "the image repeats a header "
					   "extension");
		named = true;
		at += 8 + ((uint64_t)length + 7) / 8 * 8;
	}
	return true;
}

/* A disk's own marks where a qcow2 has zeros: a file that is both. */
static bool check_polyglot(const struct head *head, struct error *err)
{
	uint64_t cluster = 1ULL << get32(head->data + QCOW2_CLUSTER_BITS);
	const char *other = magic_disk_mark(head->data, cluster);

	if (other)
		return refuse(err, "the image is a qcow2 and %s at once",
			      other);
	return true;
}

/* What both versions of the header hold. */
static bool check_tables(const struct head *head, bool extended,
			 struct error *err)
{
	const uint8_t *data = head->data;
	unsigned bits = get32(data + QCOW2_CLUSTER_BITS);
	uint64_t size = get64(data + QCOW2_SIZE);
	uint64_t l1_size = get32(data + QCOW2_L1_SIZE);
	uint64_t tables = get32(data + QCOW2_REFTABLE_CLUSTERS);
	unsigned span = bits + bits - (extended ? 4 : 3);
	uint64_t needed = ((size - 1) >> span) + 1;

	if (l1_size * 8 > QCOW2_L1_BYTES_MOST)
		return refuse(err,
			      "the image's L1 table has %" PRIu64 " entries",
			      l1_size);
	if (l1_size < needed)
		return refuse(err,
			      "the image's L1 table is too short for its disk");
	if (!check_table(head, "L1 table", get64(data + QCOW2_L1_OFFSET),
			 l1_size * 8, err))
		return false;
	if (tables == 0 || tables << bits > QCOW2_REFTABLE_BYTES_MOST)
		return refuse(err,
			      "the image's refcount table has %" PRIu64
			      " clusters",
			      tables);
	return check_table(head, "refcount table",
			   get64(data + QCOW2_REFTABLE_OFFSET), tables << bits,
			   err);
}

static bool check_basics(const struct head *head, uint32_t version,
			 struct error *err)
{
	const uint8_t *data = head->data;
	uint32_t bits = get32(data + QCOW2_CLUSTER_BITS);
	uint32_t crypt = get32(data + QCOW2_CRYPT);

	if (version == 1)
		return refuse(err, "the image is of the old qcow format, which "
				   "is not accepted; convert it to qcow2");
	if (version != 2 && version != 3)
		return refuse(err, "the image is a qcow of version %" PRIu32,
			      version);
	if (head->file_size <
	    (version == 2 ? QCOW2_V2_LENGTH : QCOW2_V3_LENGTH))
		return refuse(err, "the image ends within its header");
	if (get64(data + QCOW2_BACKING_OFFSET) ||
	    get32(data + QCOW2_BACKING_SIZE))
		return refuse(err, "the image has a backing file; flatten it "
				   "with \"qemu-img convert\"");
	if (bits < QCOW2_CLUSTER_BITS_LEAST || bits > QCOW2_CLUSTER_BITS_MOST)
		return refuse(err,
			      "the image's clusters are 2^%" PRIu32
			      " bytes large",
			      bits);
	if (crypt)
		return refuse(err,
			      "the image is encrypted (method %" PRIu32
			      "); decrypt it first",
			      crypt);
	if (get32(data + QCOW2_SNAPSHOTS))
		return refuse(err,
			      "the image holds %" PRIu32 " internal "
			      "snapshots; remove them with "
			      "\"qemu-img snapshot -d\"",
			      get32(data + QCOW2_SNAPSHOTS));
	if (get64(data + QCOW2_SIZE) % SECTOR)
		return refuse(err, "the image's disk does not end at a sector");
	return true;
}

static bool check_qcow2(const struct head *head, uint64_t most,
			struct error *err)
{
	const uint8_t *data = head->data;
	uint32_t version = get32(data + QCOW2_VERSION);
	uint64_t length = QCOW2_V2_LENGTH;
	bool extended = false;

	if (!check_basics(head, version, err) ||
	    !check_size(get64(data + QCOW2_SIZE), most, err))
		return false;
	if (version == 3) {
		if (!check_version_3(head, err))
			return false;
		length = get32(data + QCOW2_HEADER_LENGTH);
		extended = get64(data + QCOW2_INCOMPATIBLE) & QCOW2_EXTENDED_L2;
	}
	if (extended && get32(data + QCOW2_CLUSTER_BITS) < 14)
		return refuse(err, "the image's subclusters are smaller than a "
				   "sector");
	return check_extensions(head, length, err) &&
	       check_tables(head, extended, err) && check_polyglot(head, err);
}

/* Whether the file is to be taken for raw, when nobody said what it is. */
static bool check_unknown(const struct head *head, struct error *err)
{
	uint8_t tail[SECTOR] = { 0 };
	const char *format = magic_format(head->data);
	const char *packed = magic_packed(head->data);

	if (format)
		return refuse(err,
			      "the image is a %s, which is not accepted; "
			      "convert it to qcow2 or raw",
			      format);
	if (packed)
		return refuse(err, "the image is packed by %s; unpack it first",
			      packed);
	if (head->file_size >= SECTOR &&
	    !read_at(head->fd, tail, SECTOR, head->file_size - SECTOR, err))
		return false;
	format = magic_tail(tail);
	if (format)
		return refuse(err,
			      "the image ends as a %s does; convert it "
			      "to qcow2, or say that it is raw",
			      format);
	return true;
}

bool disk_header_read(int fd, const char *declared, uint64_t most,
		      struct disk_header *ret_header, struct error *err)
{
	struct disk_header header = { .format = LAYER_RAW, .driver = "raw" };
	struct head head;
	uint64_t bytes;
	bool qcow;

	if (declared && strcmp(declared, "vmdk") == 0)
		return vmdk_read(fd, most, ret_header, &bytes, err);
	if (declared && strcmp(declared, "vhd") == 0)
		return vhd_read(fd, most, ret_header, &bytes, err);
	if (declared && strcmp(declared, "raw") != 0 &&
	    strcmp(declared, "qcow2") != 0)
		return refuse(err,
			      "\"%.40s\" is no format that is accepted: "
			      "raw, qcow2, vmdk and vhd are",
			      declared);
	if (!read_head(fd, &head, err))
		return false;
	qcow = get32(head.data) == QCOW2_MAGIC;
	if (declared && strcmp(declared, "qcow2") == 0 && !qcow)
		return refuse(err, "the image is said to be a qcow2 and is "
				   "none");
	header.file_size = head.file_size;
	header.virtual_size = sectors_up(head.file_size);
	if (qcow && !(declared && strcmp(declared, "raw") == 0)) {
		header.format = LAYER_QCOW2;
		header.driver = "qcow2";
		header.virtual_size = get64(head.data + QCOW2_SIZE);
		if (!check_qcow2(&head, most, err))
			return false;
	} else if ((!declared && !check_unknown(&head, err)) ||
		   !check_size(header.virtual_size, most, err)) {
		return false;
	}
	*ret_header = header;
	return true;
}
