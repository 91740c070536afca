/* scan.h - what is in an image or a snapshot that should not be in one for
 * everybody
 *
 * The disks of an image, and what a snapshot shows, never change, so that each
 * is looked through once, by libguestfs (launcher/domain/domain.h), and what
 * was found is remembered. Of a disk on which nothing is written behind the
 * first sector there is no file system to look into: nothing is found there,
 * and nothing is started for it.
 */
#ifndef QAMI_IMAGES_SCAN_H
#define QAMI_IMAGES_SCAN_H

#include "images/authorise.h"

/* Texts are printable, and never the secret itself. */
struct scan_finding {
	const char *device;    /* of the image's mapping; "-" for a snapshot,
				* and an image that is no disk */
	const char *partition; /* as libguestfs calls it, "/dev/sda1" */
	const char *kind;      /* "private-key", …, or "unread:WHY" where it
				* could not be looked into */
	const char *path;      /* "" for a whole partition */
};

struct scan {
	const struct scan_finding *findings;
	size_t count;
	uint64_t more; /* that are not among these */
};

/* Looks through all disks of an image that the caller may see; texts in the
 * arena. A kernel or ramdisk is "unread". Faults: those of disk_scan();
 * FAULT_IMAGE_UNAVAILABLE for one that was deregistered,
 * FAULT_INCORRECT_STATE for a snapshot that is not completed, and those of
 * bundled_unpack(). */
bool scan_image(struct call *call, const struct image *image,
		struct arena *arena, struct scan *ret_scan, struct error *err)
	must_check;

/* The same of a snapshot. */
bool scan_snapshot(struct call *call, const struct snapshot *snapshot,
		   struct arena *arena, struct scan *ret_scan,
		   struct error *err) must_check;

/* Whether an image or a snapshot may become public:
 * FAULT_OPERATION_NOT_PERMITTED when anything was found or could not be
 * read. */
bool scan_check(struct call *call, const struct image *image, struct error *err)
	must_check;
bool scan_check_snapshot(struct call *call, const struct snapshot *snapshot,
			 struct error *err) must_check;

#endif
