/* far.h - another region, as it is asked by who copies from there
 *
 * What a region is made of is its own matter: the directory of a store
 * (fardir.c), or whatever else has lists of blocks, by digest, and the blocks.
 * These calls are all that a copy asks of it. None of them writes there.
 *
 * A region that cannot be reached, or that was lost while it was asked, is
 * FAULT_UNAVAILABLE: the copy waits and is tried again. Any other fault of
 * open() and read() is taken for damage, and ends a copy when it is still
 * there after some tries; FAULT_KMS_KEY_NOT_FOUND ends it at once. What a
 * region answers may have been made up by somebody: an implementation lets
 * nothing through that a row of this store could not say.
 *
 * One thread at a time asks a region, and whatever was opened of it.
 */
#ifndef QAMI_IMAGES_FAR_H
#define QAMI_IMAGES_FAR_H

#include "images/blockmap.h"
#include "images/call.h"
#include "images/chain/blocks.h"
#include "images/image.h"
#include "images/registry/image.h"
#include "images/registry/snapshot.h"

#define FAR_AHEAD 32 /* blocks, wanted and not read */

/* What names the content of a snapshot in its region: two snapshots of the
 * same name show the same, for ever. A layer's name, say. */
#define FAR_NAME_SIZE 72

struct far;
struct far_disk;

/* An image, as a copy needs it: of the row, what is not NULL below; mappings
 * name snapshots of the region. All in the asker's arena. */
struct far_image {
	struct image image; /* id, owner, name, kind, architecture, state,
			     * root_device_name and _type, boot_mode,
			     * imds_support, kernel, ramdisk, ena */
	const struct mapping *mappings;
	size_t mapping_count;
	const struct pair *tags;
	size_t tag_count;
};

struct far_ops {
	/* A snapshot that the account may see, and that is complete; where it
	 * is encrypted, the account may use its key. Of the row: id, owner,
	 * layer (the content's name), volume, size, state, and kms_key, which
	 * is not NULL when it is encrypted and means nothing else here.
	 * FAULT_SNAPSHOT_NOT_FOUND, FAULT_INCORRECT_STATE, those of
	 * encrypt_may_open(). */
	bool (*snapshot)(struct far *far, const char *account, const char *id,
			 struct arena *arena, struct snapshot *ret_snapshot,
			 struct error *err);

	/* An image that the account may see, in whatever state.
	 * FAULT_IMAGE_NOT_FOUND. */
	bool (*image)(struct far *far, const char *account, const char *id,
		      struct arena *arena, struct far_image *ret_image,
		      struct error *err);

	/* Opens what a snapshot shows, for whoever began to copy it: nobody's
	 * leave is asked any more. *ret_disk is NULL (and no error) when the
	 * snapshot is gone, or its content has another name. From now on it
	 * stays readable until it is closed, whatever becomes of the
	 * snapshot. */
	bool (*open)(struct far *far, const char *snapshot, const char *content,
		     struct far_disk **ret_disk, struct error *err);

	/* Ends what is under way; disks are closed before. */
	void (*close)(struct far *far);
};

/* The head of every implementation's own struct. */
struct far {
	const struct far_ops *ops;
};

struct far_disk_ops {
	/* Whether a block may be anything but zeros. */
	bool (*has)(const struct far_disk *disk, uint64_t block);

	/* The SHA-256 of a block, with zeros behind the disk's end, where it
	 * is listed as such: not so where digests are keyed. NULL: unknown. */
	const uint8_t *(*digest)(const struct far_disk *disk, uint64_t block);

	/* Whether a block is these bytes, by its digest and without reading
	 * it; asked only of disks that are `listed`. */
	bool (*matches)(const struct far_disk *disk, uint64_t block,
			const uint8_t *data);

	/* Adds to a map of the disk's blocks those in which it may differ from
	 * an older content of its lineage. *ret_known is false, and nothing
	 * added, where that cannot be said. Asked before anything is wanted.
	 * NULL where it never can. */
	bool (*since)(struct far_disk *disk, size_t older, struct blockmap *map,
		      bool *ret_known, struct error *err);

	/* Says that a block will be read: so it may be under way already. Of
	 * those that were, no more than FAR_AHEAD are unread at a time. NULL
	 * where it would be no use. */
	bool (*want)(struct far_disk *disk, uint64_t block, struct error *err);

	/* Reads the block that was wanted first of those that are left, whole,
	 * with zeros behind the disk's end. Where there is a digest, it is
	 * what that says. */
	bool (*read)(struct far_disk *disk, uint64_t block, uint8_t *ret_data,
		     struct error *err);
	void (*close)(struct far_disk *disk);
};

struct far_disk {
	const struct far_disk_ops *ops;
	uint64_t size; /* bytes */
	bool listed;   /* there is a digest of each block that it has */

	/* The names of this content and, as far as they are known, of what it
	 * was made on, nearest first: the copy of one of them is what a copy of
	 * this one is begun on. They live as long as the disk. */
	const char *const *lineage;
	size_t lineage_count;
};

/* The region in the directory of a store, which may be that of who calls.
 * FAULT_INTERNAL when it cannot be opened. */
bool far_dir_open(const struct call *call, const char *path,
		  struct far **ret_far, struct error *err) must_check;

static inline void far_close(struct far *far)
{
	if (far)
		far->ops->close(far);
}
AUTO_DEFINE(far, far_close)

static inline void far_disk_close(struct far_disk *disk)
{
	if (disk)
		disk->ops->close(disk);
}
AUTO_DEFINE(far_disk, far_disk_close)

#endif
