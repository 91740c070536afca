/* blocks-private.h - disks that are opened in other ways than by their chain */
#ifndef QAMI_CHAIN_BLOCKS_PRIVATE_H
#define QAMI_CHAIN_BLOCKS_PRIVATE_H

#include "images/base/process.h"
#include "images/chain/blocks.h"
#include "images/chain/qemu.h"

/* What the server's argv begins with. */
#define DISK_SERVER "qemu-nbd", "--shared=1"

/* Opens a layer by that server, which gets the keys. */
bool disk_serve(const char *name, const char *const *argv,
		const struct keys *keys, struct disk **ret_disk,
		struct error *err) must_check;

/* The same by a server that writes, what a node names; `node` NULL: that came
 * to nothing, and *err says why. */
bool disk_serve_writer(const char *name, const char *node,
		       const struct keys *keys, struct disk **ret_disk,
		       struct error *err) must_check;

/* As disk_serve(), of anything that a server may be told to open; `name` is for
 * errors, and the process's listen_fd is filled in. */
bool disk_start(const char *name, const struct process *process,
		struct disk **ret_disk, struct error *err) must_check;

/* Hands over a descriptor with a lease on the file that is read: given up and
 * closed with the disk. */
void disk_hold(struct disk *disk, int fd);

/* FAULT_IMPORT_FORMAT when somebody has begun to write to the file that is
 * held: what was read before is right. */
bool disk_still(const struct disk *disk, struct error *err) must_check;

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
