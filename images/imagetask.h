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

#include "images/encrypt.h"
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

/* Makes an image of a stored one. It is there when this returns, "pending" over
 * snapshots that are filled from the object (images/fill.h), and may be
 * launched as such; "available" with the last of them, or "failed". They are
 * encrypted when the account does that by default. Faults:
 * FAULT_BUCKET_NOT_FOUND, FAULT_KEY_NOT_FOUND, FAULT_INVALID_PARAMETER for an
 * object whose head, metadata or index are no stored image's,
 * FAULT_SNAPSHOT_LIMIT, those of image_name_check(). */
bool restore_begin(struct call *call, const struct restore_request *request,
		   char ret_image[ID_SIZE], struct error *err) must_check;

/* What ExportImage says. All borrowed; NULL and 0 where nothing was said. */
struct export_request {
	const char *image;
	const char *format; /* "VMDK", "RAW", "VHD" or "QCOW2" */
	const char *bucket;
	const char *prefix;
	const char *description;
	const char *role;
	const struct pair *tags; /* of the task */
	size_t tag_count;
};

/* Begins to export an image of the caller's, which has one disk, to
 * BUCKET/PREFIX<task>.<format>. With a client token that was used before, the
 * task that was begun then. Faults: those of storetask_begin(). */
bool exporttask_begin(struct call *call, const struct export_request *request,
		      char ret_id[ID_SIZE], struct error *err) must_check;

/* What ImportImage says. All borrowed; NULL and 0 where nothing was said. */
struct import_request {
	const char *bucket;
	const char *key;
	const char *format; /* "raw", "qcow2", "vmdk", "vhd"; NULL: raw or
			     * qcow2, by the magic */
	const char *device;
	const char *description;
	const char *disk; /* the snapshot's description */
	const char *architecture;
	const char *boot_mode;
	const char *license;
	struct encryption encryption;
	const struct pair *tags; /* of the task */
	size_t tag_count;
};

/* Begins to make an image of a disk image in a bucket; it is named after the
 * task, and there when that is completed. Faults: FAULT_BUCKET_NOT_FOUND,
 * FAULT_KEY_NOT_FOUND, FAULT_SNAPSHOT_LIMIT, those of encrypt_plan(). */
bool importtask_begin(struct call *call, const struct import_request *request,
		      char ret_id[ID_SIZE], struct error *err) must_check;

/* The caller's task of a kind: FAULT_EXPORT_TASK_NOT_FOUND or
 * FAULT_IMPORT_TASK_NOT_FOUND. Texts in the arena. */
bool imagetask_get(const struct call *call, const char *kind, const char *id,
		   struct arena *arena, struct image_task *ret_task,
		   struct error *err) must_check;

/* Stops a task; its job removes what was made. FAULT_INCORRECT_STATE when it is
 * over. *ret_before, in the arena, is its state until now. */
bool imagetask_cancel(struct call *call, const char *kind, const char *id,
		      struct arena *arena, const char **ret_before,
		      struct error *err) must_check;

/* One round of the job. */
bool imagetask_job(struct call *call, const struct op *op, usec_t *ret_due,
		   struct error *err) must_check;

#endif
