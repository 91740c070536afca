/* volume.h - the running system's root becomes a disk of its own, and a bundle
 *
 * For use inside a guest, as root: a sparse disk with the partition table, the
 * boot loader and the kind of file system that the running one has, under the
 * same UUIDs, and in it what bundle/filter.h keeps of the files. All of it is
 * done in a mount namespace of its own on a file that has no name, so that
 * nothing is left behind, however it ends. Takes rsync, e2fsprogs (xfsprogs).
 */
#ifndef QAMI_BUNDLE_VOLUME_H
#define QAMI_BUNDLE_VOLUME_H

#include <stdint.h>

#include "bundle/filter.h"
#include "bundle/layout.h"
#include "bundle/pack.h"

#define VOLUME_SIZE_DEFAULT ((uint64_t)10 << 30) /* bytes */

/* All borrowed; NULL, 0 and false are the defaults. */
struct volume {
	const char *path;      /* the mount point to be copied; NULL: "/" */
	const char *directory; /* where the bundle goes and the disk lies */
	uint64_t size;	       /* of the disk, bytes; VOLUME_SIZE_DEFAULT */
	enum layout_kind table;
	struct filter_wish filter;
	bool all;	   /* file systems mounted below it, too, if local */
	const char *fstab; /* a file to be the new /etc/fstab */
	bool generate_fstab;
	const char *script; /* run with the new root's mount point */
	void (*stage)(void *data, const char *text);
	void *stage_data;
};

/* Makes the disk: an open file of `size` bytes that has no name. The caller
 * closes it. FAULT_UNAUTHORIZED for all but root, FAULT_UNSUPPORTED for a root
 * that cannot be copied so, with the reason, FAULT_HOST when a program is
 * missing, naming its package, FAULT_VOLUME_CAPACITY when it does not fit. */
bool volume_clone(const struct volume *volume, int *ret_fd, struct error *err)
	must_check;

/* Gives such a file a name; FAULT_INVALID_PARAMETER when that is taken. */
bool volume_keep(int fd, const char *path, struct error *err) must_check;

/* volume_clone(), then pack_directory() into volume->directory: `pack` lacks
 * nothing but its source. */
bool volume_bundle(const struct volume *volume, const struct pack *pack,
		   struct error *err) must_check;

#endif
