/* capture.h - an instance becomes an image: CreateImage
 *
 * Every attached volume is frozen in one instant, and the image's mapping is
 * the instance's, but for what the caller changes of it by EC2's rules
 * (ec2-contract 3.2).
 */
#ifndef QAMI_IMAGES_CAPTURE_H
#define QAMI_IMAGES_CAPTURE_H

#include "images/freeze.h"

/* What CreateImage says. All borrowed. */
struct capture {
	const char *instance;
	const char *name;
	const char *description;	/* or NULL */
	const struct mapping *mappings; /* changes to the instance's */
	size_t mapping_count;
	const struct pair *tags; /* for the image */
	size_t tag_count;
	const struct pair *snapshot_tags;
	size_t snapshot_tag_count;
};

/* What will be made of it. */
struct capture_plan {
	char id[ID_SIZE]; /* the image's */
	bool running;	  /* the instance, when it was planned */
	const struct shot *shots;
	size_t shot_count;
	struct image_request image;
};

/* Checks everything and plans; a dry run ends here. In the arena. Faults:
 * those of image_name_check(); FAULT_INVALID_PARAMETER unless the instance is
 * running or stopped and has its root volume; FAULT_UNSUPPORTED for an
 * instance-store root; FAULT_BLOCK_DEVICE_MAPPING for a change to anything but
 * DeleteOnTermination of an attached volume. */
bool capture_plan(struct call *call, const struct capture *capture,
		  struct arena *arena, struct capture_plan *ret_plan,
		  struct error *err) must_check;

/* Does it; the image is available when this returns. Faults: those of
 * freeze_volumes(). */
bool capture_take(struct call *call, const struct capture_plan *plan,
		  struct error *err) must_check;

#endif
