/* freeze.h - volumes are frozen, and what they held is named: the operation
 * behind CreateSnapshot, CreateSnapshots and CreateImage
 *
 * Every volume gets a new, empty layer, all of them in one instant; what lies
 * below is the snapshots. Idle volumes change in one transaction. Under a
 * running machine QEMU is told to move on to the new layers, and its word, not
 * libvirt's, decides what became of that (safety 3.4 A and B).
 */
#ifndef QAMI_IMAGES_FREEZE_H
#define QAMI_IMAGES_FREEZE_H

#include "images/image.h"

/* A volume, and the snapshot that is taken of it. All borrowed. */
struct shot {
	const char *volume;
	const char *snapshot;	 /* its id to be, from id_new() */
	const char *description; /* "" when none was given */
	const struct pair *tags;
	size_t tag_count;
};

/* Takes the snapshots of the caller's own volumes, all or none, and registers
 * an image over them, unless `image` is NULL. They are idle, or all of one
 * machine's. When it returns they are completed, and the image is available, as
 * far as no volume stands on what is still elsewhere or was lost there
 * (images/fill.h). A guest agent, where there is one, freezes the filesystems
 * of a running guest.
 *
 * Faults: FAULT_INCORRECT_STATE (a volume that is being made, attached or
 * deleted; a machine that is stale), FAULT_UNAVAILABLE (somebody else is at
 * work on a volume for too long, or has died at it and nobody has recovered
 * that yet), FAULT_VOLUME_NOT_FOUND, FAULT_VOLUME_CAPACITY (disk full, nothing
 * has happened), those of image_name_check(). */
bool freeze_volumes(struct call *call, const struct shot *shots, size_t count,
		    const struct image_request *image, const char *image_id,
		    struct error *err) must_check;

/* Finishes or undoes an operation whose process died. FAULT_UNAVAILABLE, to be
 * tried again, while nobody knows what QEMU has done. */
bool freeze_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

/* The job that thaws a guest whose agent did not say that it has: it is asked
 * until it does, for an hour. */
bool freeze_thaw_job(struct call *call, const struct op *op, usec_t *ret_due,
		     struct error *err) must_check;

/* Whether a machine may be started, or its disks changed: FAULT_UNAVAILABLE
 * while an operation is open that may have moved its disks on. For those who
 * have the turns of its volumes. */
bool freeze_over(struct call *call, const char *instance, struct error *err)
	must_check;

#endif
