/* stored.h - what a stored image says of itself, beside its disks
 *
 * The metadata of a parcel (images/parcel/parcel.h), an object of JSON:
 *
 *   "image"     id, region, name, description, architecture, root-device-name,
 *               boot-mode, imds-support (texts), ena (true or false)
 *   "tags"      of the image: an object of texts
 *   "mappings"  of each entry: device; virtual-name or no-device, or size
 * (GiB), type, iops, throughput, delete-on-termination, and with a snapshot
 * disk, its number in the parcel "disks"     of each snapshot: description,
 * tags, volume-size (GiB)
 *
 * What is not known is passed over. Who shares the image, and who owned it,
 * stays behind.
 */
#ifndef QAMI_IMAGES_STORED_H
#define QAMI_IMAGES_STORED_H

#include "images/image.h"

/* Writes what is to be stored of an image, with the ids of the snapshots that
 * are its disks; the caller frees the text, the ids are in the arena. The
 * caller of the call owns image and snapshots, or FAULT_UNSUPPORTED says why
 * it cannot be stored. */
bool stored_write(struct call *call, const struct image *image,
		  struct arena *arena, char **ret_text,
		  const char *const **ret_snapshots, unsigned *ret_count,
		  struct error *err) must_check;

struct stored_disk {
	const char *description;
	int64_t size; /* GiB, at least the disk's */
	const struct pair *tags;
	size_t tag_count;
};

/* An image as it was stored. */
struct stored {
	struct image_request image; /* its mappings have no snapshots yet … */
	const int *disk;	    /* … but these numbers; -1: none */
	struct stored_disk *disks;
	unsigned disk_count;
};

/* The same of an image that is described; the caller frees the text. */
bool stored_pack(const struct stored *stored, char **ret_text,
		 struct error *err) must_check;

/* Reads and checks what somebody says of an image with so many disks, by the
 * rules of RegisterImage: FAULT_INVALID_PARAMETER and those of the checks. All
 * of it is in the arena. */
bool stored_read(const char *text, unsigned disks, struct arena *arena,
		 struct stored *ret_stored, struct error *err) must_check;

#endif
