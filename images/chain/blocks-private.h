/* blocks-private.h - disks that are opened in other ways than by their chain */
#ifndef QAMI_CHAIN_BLOCKS_PRIVATE_H
#define QAMI_CHAIN_BLOCKS_PRIVATE_H

#include "images/chain/blocks.h"

/* What the server's argv begins with. */
#define DISK_SERVER "qemu-nbd", "--shared=1"

/* Opens a layer by that server. */
bool disk_serve(const char *name, const char *const *argv,
		struct disk **ret_disk, struct error *err) must_check;

/* Makes a part of the disk read as zeros, in no room where that is possible. */
bool disk_zero(struct disk *disk, uint64_t size, uint64_t offset,
	       struct error *err) must_check;

#endif
