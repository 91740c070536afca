/* imagetask.h - images on their way to and from objects of buckets, as jobs
 *
 * A task is a row that says what was asked for, and a job that sees it through:
 * whoever dies is followed by another round, which begins anew with what the
 * row and the journal say. What it makes on its way lies in tasks/<id>/ or
 * under names that the journal has, and is seen by nobody before the one
 * transaction that ends the task.
 */
#ifndef QAMI_IMAGES_IMAGETASK_H
#define QAMI_IMAGES_IMAGETASK_H

#include "images/image.h"
#include "images/registry/imagetask.h"

/* What CreateStoreImageTask says. All borrowed. */
struct store_request {
	const char *image;
	const char *bucket;	 /* "s3://…" on a server */
	const struct pair *tags; /* of the object */
	size_t tag_count;
};

/* Begins to store an image of the caller's, which stands on snapshots, as
 * BUCKET/<image>.bin; what was there under that name is replaced when it is
 * whole. A bucket that is not there is made. Faults: those of image_own(),
 * FAULT_IMAGE_UNAVAILABLE, FAULT_UNSUPPORTED, those of the bucket. */
bool storetask_begin(struct call *call, const struct store_request *request,
		     char ret_key[ID_SIZE + 4], struct error *err) must_check;

/* What CreateRestoreImageTask says. All borrowed; NULL and 0 where nothing was
 * said. */
struct restore_request {
	const char *bucket;
	const char *key;
	const char *name; /* NULL: the one that it had */
	const struct pair *tags;
	size_t tag_count;
	const struct pair *snapshot_tags;
	size_t snapshot_tag_count;
};

/* Begins to make an image of a stored one. It is there at once, "pending", and
 * "available" with its snapshots or "failed" at the end. Faults:
 * FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND, FAULT_INVALID_PARAMETER for an
 * object that is no stored image, FAULT_SNAPSHOT_LIMIT, those of
 * image_name_check(). */
bool restore_begin(struct call *call, const struct restore_request *request,
		   char ret_image[ID_SIZE], struct error *err) must_check;

/* One round of the job. */
bool imagetask_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err) must_check;

#endif
