/* map.c - walking a layer's own L1 and L2 tables
 *
 * One pass that keeps one L2 table and one extent in memory. The rules by which
 * an entry is data, zeros or nothing are QEMU's (block/qcow2.h,
 * qcow2_get_subcluster_type), and what QEMU calls invalid is damage here too:
 * a map that guesses would lose bytes in a merge.
 */
#include "images/chain/map.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/blocks.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/filling.h"
#include "images/chain/qcow2.h"

#define L1_PART 8192 /* entries of the L1 table that are read at once */

/* Everything that such a layer may have set; which clusters a dirty one uses
 * is known, only how often is not. */
#define FEATURES (QCOW2_DIRTY | QCOW2_COMPRESSION_TYPE | QCOW2_EXTENDED_L2)

struct walk {
	const char *name;
	int fd;
	extent_fn *found;
	void *data;
	struct extent last; /* not told yet: the next may continue it */
	uint64_t size;	    /* of the disk */
	uint64_t file_size;
	uint64_t l1_offset;
	uint64_t l1_size; /* entries in use */
	uint64_t cluster;
	uint64_t span;	     /* bytes of the disk that one L2 table maps */
	unsigned entry_size; /* of an L2 table */
	bool zero_flag;	     /* standard entries have one */
};

static bool damaged(const struct walk *walk, const char *what,
		    struct error *err)
{
	return fail(err, FAULT_INTERNAL, "%s is damaged: %s", walk->name, what);
}

static bool tell(struct walk *walk, struct error *err)
{
	return !walk->last.length || walk->found(walk->data, &walk->last, err);
}

/* Adds a piece of the disk, as far as the disk reaches. */
static bool add(struct walk *walk, uint64_t offset, uint64_t length, bool zero,
		struct error *err)
{
	struct extent *last = &walk->last;

	if (offset >= walk->size)
		return true;
	if (length > walk->size - offset)
		length = walk->size - offset;
	if (last->length && last->zero == zero &&
	    last->offset + last->length == offset) {
		last->length += length;
		return true;
	}
	if (!tell(walk, err))
		return false;
	*last = (struct extent){ offset, length, zero };
	return true;
}

static bool read_at(const struct walk *walk, void *data, size_t size,
		    uint64_t offset, struct error *err)
{
	ssize_t got = pread(walk->fd, data, size, (off_t)offset);

	if (got < 0)
		return fail_errno(err, "cannot read %s", walk->name);
	return (size_t)got == size ||
	       damaged(walk, "it ends within its tables", err);
}

/* Whether a table or cluster lies where one can. */
static bool placed(const struct walk *walk, uint64_t offset, uint64_t bytes)
{
	return offset % walk->cluster == 0 && offset < walk->file_size &&
	       bytes <= walk->file_size - offset;
}

static bool map_standard(struct walk *walk, uint64_t entry, uint64_t offset,
			 struct error *err)
{
	uint64_t at = entry & QCOW2_OFFSET_MASK;

	if (walk->zero_flag && (entry & QCOW2_ZERO))
		return add(walk, offset, walk->cluster, true, err);
	if (!at)
		return true;
	if (!placed(walk, at, 1))
		return damaged(walk, "a cluster is at no place for one", err);
	return add(walk, offset, walk->cluster, false, err);
}

static bool map_extended(struct walk *walk, uint64_t entry, uint64_t bitmap,
			 uint64_t offset, struct error *err)
{
	const uint64_t part = walk->cluster / QCOW2_SUBCLUSTERS;
	uint64_t at = entry & QCOW2_OFFSET_MASK;
	uint32_t data = (uint32_t)bitmap;
	uint32_t zeros = (uint32_t)(bitmap >> 32);

	if ((data & zeros) || (data && !at))
		return damaged(walk, "a subcluster is two things at once", err);
	if (data && !placed(walk, at, 1))
		return damaged(walk, "a cluster is at no place for one", err);
	for (unsigned i = 0; i < QCOW2_SUBCLUSTERS; i++, offset += part)
		if (((data | zeros) >> i & 1) &&
		    !add(walk, offset, part, zeros >> i & 1, err))
			return false;
	return true;
}

static bool map_compressed(struct walk *walk, uint64_t entry, uint64_t offset,
			   struct error *err)
{
	unsigned bits = (unsigned)__builtin_ctzll(walk->cluster);
	uint64_t at = entry & ((1ULL << (62 - (bits - 8))) - 1);

	if (at >= walk->file_size)
		return damaged(walk, "a compressed cluster is beyond its end",
			       err);
	return add(walk, offset, walk->cluster, false, err);
}

/* Maps what one L2 table says; `table` is room for one. */
static bool map_l2(struct walk *walk, uint64_t at, uint64_t offset,
		   uint8_t *table, struct error *err)
{
	if (!placed(walk, at, walk->cluster))
		return damaged(walk, "an L2 table is at no place for one", err);
	if (!read_at(walk, table, walk->cluster, at, err))
		return false;
	for (uint64_t i = 0; i < walk->cluster && offset < walk->size;
	     i += walk->entry_size, offset += walk->cluster) {
		uint64_t entry = get64(table + i);
		bool done;

		if (entry & QCOW2_COMPRESSED)
			done = map_compressed(walk, entry, offset, err);
		else if (walk->entry_size == 16)
			done = map_extended(walk, entry, get64(table + i + 8),
					    offset, err);
		else
			done = map_standard(walk, entry, offset, err);
		if (!done)
			return false;
	}
	return true;
}

static bool read_header(struct walk *walk, struct error *err)
{
	uint8_t header[QCOW2_V3_LENGTH];
	uint64_t features = 0;
	uint32_t bits, version;

	if (!read_at(walk, header, sizeof(header), 0, err))
		return false;
	version = get32(header + QCOW2_VERSION);
	bits = get32(header + QCOW2_CLUSTER_BITS);
	if (version == 3)
		features = get64(header + QCOW2_INCOMPATIBLE);
	if (get32(header) != QCOW2_MAGIC || version < 2 || version > 3 ||
	    bits < QCOW2_CLUSTER_BITS_LEAST || bits > QCOW2_CLUSTER_BITS_MOST)
		return damaged(walk, "it does not begin as a qcow2", err);
	if (get32(header + QCOW2_CRYPT) != QCOW2_CRYPT_NONE &&
	    get32(header + QCOW2_CRYPT) != QCOW2_CRYPT_LUKS)
		return damaged(walk, "it is encrypted as no layer is", err);
	if (features & ~FEATURES)
		return damaged(walk, "it has features that no layer has", err);
	walk->cluster = 1ULL << bits;
	walk->entry_size = features & QCOW2_EXTENDED_L2 ? 16 : 8;
	walk->zero_flag = version == 3;
	walk->span = walk->cluster / walk->entry_size * walk->cluster;
	walk->size = get64(header + QCOW2_SIZE);
	walk->l1_offset = get64(header + QCOW2_L1_OFFSET);
	walk->l1_size = walk->size / walk->span + !!(walk->size % walk->span);
	if (get32(header + QCOW2_L1_SIZE) < walk->l1_size ||
	    walk->l1_size * 8 > QCOW2_L1_BYTES_MOST)
		return damaged(walk, "its L1 table is no table for its disk",
			       err);
	if (walk->l1_size && !placed(walk, walk->l1_offset, walk->l1_size * 8))
		return damaged(walk, "its L1 table is at no place for one",
			       err);
	return true;
}

static bool map_qcow2(struct walk *walk, struct error *err)
{
	auto_free uint8_t *l1 = malloc(L1_PART * 8);
	auto_free uint8_t *table = NULL;

	if (!read_header(walk, err))
		return false;
	table = malloc(walk->cluster);
	if (!l1 || !table)
		return fail_memory(err);
	for (uint64_t i = 0; i < walk->l1_size; i++) {
		uint64_t rest = walk->l1_size - i, at;

		if (i % L1_PART == 0 &&
		    !read_at(walk, l1, 8 * (rest < L1_PART ? rest : L1_PART),
			     walk->l1_offset + 8 * i, err))
			return false;
		at = get64(l1 + 8 * (i % L1_PART)) & QCOW2_OFFSET_MASK;
		if (at && !map_l2(walk, at, i * walk->span, table, err))
			return false;
	}
	return true;
}

static bool map_raw(struct walk *walk, struct error *err)
{
	off_t begin, end = 0;

	walk->size = walk->file_size;
	while ((begin = lseek(walk->fd, end, SEEK_DATA)) >= 0) {
		end = lseek(walk->fd, begin, SEEK_HOLE);
		if (end < 0)
			break;
		if (!add(walk, (uint64_t)begin, (uint64_t)(end - begin), false,
			 err))
			return false;
	}
	return errno == ENXIO ||
	       fail_errno(err, "cannot find the data of %s", walk->name);
}

static bool is_held(const uint8_t *bits, uint64_t block)
{
	return !bits || bits[block / 8] & 1 << block % 8;
}

/* What is still being filled holds what was noted, and where nothing was it may
 * hold anything anywhere. */
static bool map_filling(const struct chain *chain,
			const struct layer_ref *layer, extent_fn *found,
			void *data, struct error *err)
{
	auto_free uint8_t *bits = NULL;
	uint64_t size, count, end;

	if (!layer_size_read(chain->fd, layer, &size, err))
		return false;
	count = (size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	if (!filling_held(chain, layer->name, (size_t)(count / 8 + 1), &bits,
			  err))
		return false;
	for (uint64_t block = 0; block < count; block = end + 1) {
		struct extent extent = { block * BLOCK_SIZE };

		for (end = block; end < count && is_held(bits, end);)
			end++;
		if (end == block)
			continue;
		extent.length = (end < count ? end * BLOCK_SIZE : size) -
				extent.offset;
		if (!found(data, &extent, err))
			return false;
	}
	return true;
}

bool filling_extents(const struct chain *chain, const char *name,
		     extent_fn *found, void *data, struct error *err)
{
	auto_close int fd = filling_head(chain->fd, name);
	struct walk walk = {
		.fd = fd,
		.name = name,
		.file_size = INT64_MAX, /* it grows */
		.found = found,
		.data = data,
	};

	if (fd < 0)
		return fail_errno(err, "cannot open %s", name);
	return map_qcow2(&walk, err) && tell(&walk, err);
}

bool layer_map(const struct chain *chain, const struct layer_ref *layer,
	       extent_fn *found, void *data, struct error *err)
{
	struct stat st;
	bool fills = layer_fills(chain, layer->name);
	auto_close int fd = fills ? -1 :
				    layer_open(chain, layer->name, &st, err);
	struct walk walk = {
		.fd = fd,
		.name = layer->name,
		.found = found,
		.data = data,
	};

	if (fills)
		return map_filling(chain, layer, found, data, err);
	if (fd < 0)
		return false;
	walk.file_size = (uint64_t)st.st_size;
	return (layer->format == LAYER_RAW ? map_raw(&walk, err) :
					     map_qcow2(&walk, err)) &&
	       tell(&walk, err);
}
