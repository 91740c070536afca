/* empty.c - making a layer: the few bytes of an empty qcow2
 *
 * An empty layer is a header, one entry of the refcount table, one refcount
 * block and an L1 table of zeros: some 500 bytes whose places are known. They
 * are written here and not by `qemu-img create`, which links twenty libraries
 * and flushes the file five times, thirty times as long as this takes; a launch
 * waits for it. The tests have qemu-img check what comes out.
 */
#include "images/chain/empty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/luks.h"
#include "images/chain/qcow2.h"

/* Clusters of 128 KiB in 32 parts: a guest's first write to 4 KiB copies
 * nothing, which makes small writes four times as fast as with qemu-img's
 * default, and a snapshot hold 4 KiB instead of 64; the tables are no larger.
 * But QEMU 7.2 ends itself (io.c, skip_bytes < pnum) when it is to copy what is
 * below into a cluster whose first part alone was written: what it will be
 * told to do that with has whole clusters.
 */
#define CLUSTER_BITS 17
#define CLUSTER_BITS_WHOLE 16
#define CLUSTER (1ULL << CLUSTER_BITS)
#define CLUSTER_WHOLE (1ULL << CLUSTER_BITS_WHOLE)
#define L2_ENTRIES (CLUSTER / 16)
#define L2_ENTRIES_WHOLE (CLUSTER_WHOLE / 8)
#define REFCOUNT_ORDER 4

/* The clusters of an empty layer, in their order; a LUKS header comes last. */
enum { AT_HEADER, AT_REFTABLE, AT_REFBLOCK, AT_L1 };
#define CLUSTERS_MOST                                   \
	(AT_L1 + QCOW2_L1_BYTES_MOST / CLUSTER_WHOLE + \
	 LUKS_BYTES / CLUSTER_WHOLE + 1)

_Static_assert((EMPTY_SIZE_MOST / CLUSTER / L2_ENTRIES) * 8 <=
		       QCOW2_L1_BYTES_MOST,
	       "QEMU opens what is made here");
_Static_assert(L2_ENTRIES_WHOLE == L2_ENTRIES,
	       "an L1 table is at most twice as large");
_Static_assert((EMPTY_SIZE_MOST / CLUSTER_WHOLE / L2_ENTRIES_WHOLE) * 8 <=
		       QCOW2_L1_BYTES_MOST,
	       "QEMU opens what is made here");
_Static_assert(CLUSTERS_MOST <= CLUSTER_WHOLE / 2,
	       "one refcount block covers the file");

static uint64_t div_up(uint64_t n, uint64_t by)
{
	return (n + by - 1) / by;
}

bool layer_write(int fd, const void *data, size_t size, uint64_t offset,
		 struct error *err)
{
	ssize_t done = pwrite(fd, data, size, (off_t)offset);

	if (done >= 0 && (size_t)done < size)
		errno = ENOSPC;
	if (done < 0 || (size_t)done < size)
		return fail_errno(err, "cannot write the layer");
	return true;
}

/* Says where the LUKS header is; returns where the extension ends. */
static size_t put_luks(uint8_t *header, size_t at, uint64_t luks)
{
	put32(header + QCOW2_CRYPT, QCOW2_CRYPT_LUKS);
	put32(header + at, QCOW2_EXT_ENCRYPTION);
	put32(header + at + 4, 16);
	put64(header + at + 8, luks);
	put64(header + at + 16, LUKS_BYTES);
	return at + 24;
}

/* Adds the backing file's format and name, behind the other extensions. */
static void put_parent(uint8_t *header, size_t at,
		       const struct layer_ref *parent)
{
	const char *format = layer_format_name(parent->format);

	put32(header + at, QCOW2_EXT_BACKING_FORMAT);
	put32(header + at + 4, (uint32_t)strlen(format));
	memcpy(header + at + 8, format, strlen(format));
	at += 8 + 8; /* padded to 8 bytes, and longer than none of them */
	at += 8;     /* QCOW2_EXT_END of no length */
	put64(header + QCOW2_BACKING_OFFSET, at);
	put32(header + QCOW2_BACKING_SIZE, (uint32_t)strlen(parent->name));
	memcpy(header + at, parent->name, strlen(parent->name));
}

bool empty_write(int fd, const struct layer_ref *parent, uint64_t size,
		 bool whole, const struct layer_secret *secret,
		 struct error *err)
{
	uint8_t header[512] = { 0 };
	uint8_t entry[8];
	uint64_t cluster = whole ? CLUSTER_WHOLE : CLUSTER;
	uint64_t l1_size = div_up(div_up(size, cluster), L2_ENTRIES);
	uint64_t at_luks = AT_L1 + div_up(l1_size * 8, cluster);
	uint64_t clusters =
		at_luks + (secret ? div_up(LUKS_BYTES, cluster) : 0);
	uint8_t counts[2 * CLUSTERS_MOST];
	size_t end = QCOW2_LENGTH;

	put32(header, QCOW2_MAGIC);
	put32(header + QCOW2_VERSION, 3);
	put32(header + QCOW2_CLUSTER_BITS,
	      whole ? CLUSTER_BITS_WHOLE : CLUSTER_BITS);
	put64(header + QCOW2_SIZE, size);
	put32(header + QCOW2_L1_SIZE, (uint32_t)l1_size);
	put64(header + QCOW2_L1_OFFSET, AT_L1 * cluster);
	put64(header + QCOW2_REFTABLE_OFFSET, AT_REFTABLE * cluster);
	put32(header + QCOW2_REFTABLE_CLUSTERS, 1);
	put64(header + QCOW2_INCOMPATIBLE, whole ? 0 : QCOW2_EXTENDED_L2);
	put32(header + QCOW2_REFCOUNT_ORDER, REFCOUNT_ORDER);
	put32(header + QCOW2_HEADER_LENGTH, QCOW2_LENGTH);
	if (secret)
		end = put_luks(header, end, at_luks * cluster);
	if (parent)
		put_parent(header, end, parent);
	put64(entry, AT_REFBLOCK * cluster);
	for (uint64_t i = 0; i < clusters; i++)
		put16(counts + 2 * i, 1);
	if (ftruncate(fd, (off_t)(clusters * cluster)) != 0)
		return fail_errno(err, "cannot write the layer");
	return layer_write(fd, header, sizeof(header), 0, err) &&
	       layer_write(fd, entry, sizeof(entry), AT_REFTABLE * cluster,
			   err) &&
	       layer_write(fd, counts, 2 * clusters, AT_REFBLOCK * cluster,
			   err) &&
	       (!secret || luks_write(fd, at_luks * cluster, secret, err));
}

bool layer_size_read(int dir, const struct layer_ref *layer, uint64_t *ret_size,
		     struct error *err)
{
	auto_close int fd = filling_head(dir, layer->name);
	uint8_t header[QCOW2_SIZE + 8];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return fail_errno(err, "cannot open %s", layer->name);
	if (layer->format == LAYER_RAW) {
		*ret_size = (uint64_t)st.st_size;
		return true;
	}
	if (pread(fd, header, sizeof(header), 0) != sizeof(header) ||
	    get32(header) != QCOW2_MAGIC)
		return fail(err, FAULT_INTERNAL, "%s is not a qcow2 layer",
			    layer->name);
	*ret_size = get64(header + QCOW2_SIZE);
	return true;
}

static bool create(struct chain *chain, const char *name,
		   const struct layer_ref *parent, uint64_t size, bool whole,
		   const struct layer_secret *secret, struct error *err)
{
	auto_draft draft = DRAFT_INIT;
	enum layer_format format;
	uint64_t least;

	if (!layer_name_check(name, err))
		return false;
	if (!layer_name_format(name, &format) || format != LAYER_QCOW2)
		return fail(err, FAULT_INTERNAL,
			    "a layer that is written is a qcow2, not %s", name);
	if (size > EMPTY_SIZE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a disk of %llu bytes is too large",
			    (unsigned long long)size);
	size = sectors_up(size);
	if (parent) {
		if (!layer_name_check(parent->name, err) ||
		    !layer_size_read(chain->fd, parent, &least, err))
			return false;
		if (size < least)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "a disk of %llu bytes cannot hold the %llu "
				    "bytes it begins with",
				    (unsigned long long)size,
				    (unsigned long long)least);
	}
	return draft_open(chain, name, &draft, err) &&
	       empty_write(draft.fd, parent, size, whole,
			   secret->text[0] ? secret : NULL, err) &&
	       draft_publish(&draft, 0600, err);
}

/* The key of a layer that is to be made: its own, else its parent's. */
static bool find_secret(const struct chain *chain, const char *name,
			const struct layer_ref *parent,
			struct layer_secret *ret_secret, struct error *err)
{
	bool encrypted = false;

	if (!secret_find(chain, name, ret_secret, err))
		return false;
	if (ret_secret->text[0] || !parent)
		return true;
	return layer_encrypted(chain, parent->name, &encrypted, err) &&
	       (!encrypted ||
		secret_of(chain, parent->name, true, ret_secret, err));
}

bool layer_create(struct chain *chain, const char *name,
		  const struct layer_ref *parent, uint64_t size,
		  struct error *err)
{
	auto_layer_secret secret = { .key = "" };

	return find_secret(chain, name, parent, &secret, err) &&
	       create(chain, name, parent, size, false, &secret, err);
}

bool layer_create_encrypted(struct chain *chain, const char *name,
			    const struct layer_ref *parent, uint64_t size,
			    const struct layer_secret *secret,
			    struct error *err)
{
	if (!secret->text[0])
		return fail(err, FAULT_INTERNAL, "%s is to have a key", name);
	return create(chain, name, parent, size, false, secret, err);
}

bool layer_create_whole(struct chain *chain, const char *name,
			const struct layer_ref *parent, uint64_t size,
			struct error *err)
{
	auto_layer_secret secret = { .key = "" };

	return find_secret(chain, name, parent, &secret, err) &&
	       create(chain, name, parent, size, true, &secret, err);
}

bool layer_is_whole(struct chain *chain, const char *name, bool *ret_whole,
		    struct error *err)
{
	auto_close int fd = -1;
	uint8_t header[QCOW2_INCOMPATIBLE + 8];

	if (!layer_name_check(name, err))
		return false;
	fd = openat(chain->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || pread(fd, header, sizeof(header), 0) != sizeof(header))
		return fail_errno(err, "cannot read %s", name);
	*ret_whole = !(get64(header + QCOW2_INCOMPATIBLE) & QCOW2_EXTENDED_L2);
	return true;
}
