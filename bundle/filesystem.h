/* filesystem.h - a file system made as another one is
 *
 * Of the same type, with the same features, label and UUID: boot loaders and
 * /etc/fstab find it under those, and what could read the old one reads it.
 */
#ifndef QAMI_BUNDLE_FILESYSTEM_H
#define QAMI_BUNDLE_FILESYSTEM_H

#include "images/base/error.h"
#include "images/base/ext.h"

struct filesystem {
	char type[16];			  /* ext2, ext3, ext4 or xfs */
	char uuid[40];			  /* "" when it has none */
	char label[20];			  /* "" when it has none */
	char features[EXT_FEATURES_SIZE]; /* of ext: ext_features() */
	unsigned inode_size, block_size;  /* of ext; bytes */
};

/* Whether file systems of a type can be made; FAULT_UNSUPPORTED, or FAULT_HOST
 * naming the package that lacks. */
bool filesystem_check(const char *type, struct error *err) must_check;

/* What a block device holds. */
bool filesystem_read(const char *device, const char *type,
		     struct filesystem *ret_filesystem, struct error *err)
	must_check;

/* Makes its like on another device, which is full of zeros. */
bool filesystem_make(const struct filesystem *filesystem, const char *device,
		     struct error *err) must_check;

#endif
