/* blocks-private.h - disks that are opened in other ways than by their chain */
#ifndef QAMI_CHAIN_BLOCKS_PRIVATE_H
#define QAMI_CHAIN_BLOCKS_PRIVATE_H

#include "images/chain/blocks.h"

/* What the server's argv begins with. */
#define DISK_SERVER "qemu-nbd", "--shared=1"

/* Opens a layer by that server. */
bool disk_serve(const char *name, const char *const *argv,
		struct disk **ret_disk, struct error *err) must_check;

/* A part of the disk, which it reaches into; `data` is its bytes, or NULL when
 * it is to become zeros, in no room where that is possible. */
struct part {
	uint64_t offset;
	uint64_t size; /* below 4 GiB, and 64 MiB when there is data */
	uint8_t *data;
	int64_t cookie; /* libnbd's */
};

/* Reads or writes many parts at once: the server has all of them to work on
 * instead of one after the other. Parts do not overlap. */
bool disk_read_parts(struct disk *disk, struct part *parts, size_t count,
		     struct error *err) must_check;
bool disk_write_parts(struct disk *disk, struct part *parts, size_t count,
		      struct error *err) must_check;

#endif
