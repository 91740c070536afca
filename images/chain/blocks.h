/* blocks.h - the bytes of a chain of layers, read and written by qemu-nbd
 *
 * The server is started for one reader or writer on a socket of its own and
 * ends with it; libnbd speaks to it. Formats and names are the registry's
 * words, never probed.
 */
#ifndef QAMI_CHAIN_BLOCKS_H
#define QAMI_CHAIN_BLOCKS_H

#include "images/base/auto.h"
#include "images/chain/chain.h"

#define BLOCK_SIZE (512 * 1024U) /* of EBS direct, and of digest lists */

struct disk;

/* Opens a layer, with all below it, for reading; it is frozen or written by
 * nobody (else FAULT_VOLUME_IN_USE). The server dies with the thread that calls
 * this; others may use the disk meanwhile, also several at a time. */
bool disk_open(const struct chain *chain, const struct layer_ref *layer,
	       struct disk **ret_disk, struct error *err) must_check;

/* The same of a qcow2 file beside the layer directory, "../scratch/NAME", with
 * what it stands on. */
bool disk_open_beside(const struct chain *chain, const char *file,
		      struct disk **ret_disk, struct error *err) must_check;

/* The same of an active layer, for writing: FAULT_VOLUME_IN_USE while another
 * process writes it. */
bool disk_open_write(const struct chain *chain, const struct layer_ref *layer,
		     struct disk **ret_disk, struct error *err) must_check;

/* The same of an encrypted layer on nothing that no row knows yet, with its
 * key. */
bool disk_open_sealed(const struct chain *chain, const char *layer,
		      const struct layer_secret *secret, struct disk **ret_disk,
		      struct error *err) must_check;

void disk_close(struct disk *disk);
AUTO_DEFINE(disk, disk_close)

/* In bytes. */
uint64_t disk_size(const struct disk *disk);

/* The extent that begins at `offset`, below the disk's size: how long it goes
 * on in the same kind, as far as is known, and whether it may hold anything
 * but zeros. */
bool disk_next(struct disk *disk, uint64_t offset, uint64_t *ret_size,
	       bool *ret_data, struct error *err) must_check;

/* What lies behind the disk's end reads as zeros, and writing there is
 * FAULT_INVALID_PARAMETER. */
bool disk_read(struct disk *disk, void *ret_data, size_t size, uint64_t offset,
	       struct error *err) must_check;
bool disk_write(struct disk *disk, const void *data, size_t size,
		uint64_t offset, struct error *err) must_check;

/* What was written is durable when this returns. */
bool disk_flush(struct disk *disk, struct error *err) must_check;

#endif
