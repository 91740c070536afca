/* copy.h - snapshots and images as their copies, which belong to the caller
 *
 * A frozen layer never changes, so that a copy is one more name for it: it
 * takes no room and no time, and keeps what it shows whatever becomes of the
 * original. Nothing but what the original shows can be read through it. A copy
 * under another key is written anew, by a job (images/reencrypt.h): until then
 * it is pending, and so is an image with one.
 */
#ifndef QAMI_IMAGES_COPY_H
#define QAMI_IMAGES_COPY_H

#include "images/encrypt.h"
#include "images/image.h"

/* What CopySnapshot and CopyImage say. All borrowed; NULL and 0 where nothing
 * was said. */
struct copy_request {
	const char *source; /* a snapshot's or image's id */
	const char *region; /* the source's: the store's own, or one that it
			     * knows (images/region.h) */
	struct encryption encryption;
	const char *name; /* the image's */
	const char *description;
	bool copy_tags; /* the image's own, where they are the caller's */
	const struct pair *tags;
	size_t tag_count;
	const struct pair *snapshot_tags; /* of an image's */
	size_t snapshot_tag_count;
};

/* Copies a completed snapshot that the caller may make volumes of. From another
 * region it is pending until a job has carried what is not here already.
 * FAULT_SNAPSHOT_NOT_FOUND, FAULT_INCORRECT_STATE, FAULT_INVALID_PARAMETER for
 * an unknown region, those of encrypt_plan(). */
bool snapshot_copy(struct call *call, const struct copy_request *request,
		   char ret_id[ID_SIZE], struct error *err) must_check;

/* Copies an image that the caller may launch with all of its snapshots, or
 * nothing at all. Launch permissions stay behind. Besides the faults above and
 * those of image_name_check(): FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE
 * for one that is disabled or gone, FAULT_INVALID_REQUEST when a snapshot is
 * not the caller's to use, FAULT_UNSUPPORTED for what has no snapshots, and for
 * what has a kernel of its own from another region. */
bool image_copy(struct call *call, const struct copy_request *request,
		char ret_id[ID_SIZE], struct error *err) must_check;

#endif
