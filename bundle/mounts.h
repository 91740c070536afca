/* mounts.h - what is mounted where, and on which disk it lies */
#ifndef QAMI_BUNDLE_MOUNTS_H
#define QAMI_BUNDLE_MOUNTS_H

#include <stdint.h>
#include <sys/types.h>

#include "images/base/arena.h"
#include "images/base/error.h"

struct mount {
	const char *path;
	const char *type; /* of the file system */
	dev_t device;	  /* an anonymous one where there is no block device */
};

/* Where a file system lies on a disk. */
struct place {
	dev_t disk;
	uint64_t start; /* bytes */
};

/* All mounts that this process sees, in the order they were made; the last of
 * a path is the one that shows. In the arena. */
bool mounts_read(struct arena *arena, const struct mount **ret_mounts,
		 size_t *ret_count, struct error *err) must_check;

/* The same, from the text of a mountinfo. */
bool mounts_parse(char *text, struct arena *arena,
		  const struct mount **ret_mounts, size_t *ret_count,
		  struct error *err) must_check;

/* The disk below a block device: a partition's, or it is one itself.
 * FAULT_UNSUPPORTED for a device that lies on several, or on another way, such
 * as LVM's. */
bool mount_place(const struct mount *mount, struct place *ret_place,
		 struct error *err) must_check;

#endif
