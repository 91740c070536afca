/* farrow.h - rows of snapshots and images, as one qami tells them another
 *
 *   snapshot  owner, content, volume, encrypted (true or false), size (GiB)
 *   image     owner, state, kind, root-device-type, kernel (whether it boots
 *             one of its own); of one that could be copied, stored (a text:
 *             images/stored.h) and snapshots, the ids of its disks
 *
 * What is read was anybody's to write: FAULT_INTERNAL where it is no such row,
 * or one of something else.
 */
#ifndef QAMI_IMAGES_FARROW_H
#define QAMI_IMAGES_FARROW_H

#include <jansson.h>

#include "images/far.h"

/* NULL when memory ran out. */
json_t *far_snapshot_write(const struct snapshot *snapshot);

/* All of it is in the arena. */
bool far_snapshot_read(const json_t *json, const char *id, struct arena *arena,
		       struct snapshot *ret_snapshot, struct error *err)
	must_check;

json_t *far_image_write(const struct far_image *image, struct arena *arena,
			struct error *err) must_check;
bool far_image_read(const json_t *json, const char *id, struct arena *arena,
		    struct far_image *ret_image, struct error *err) must_check;

/* Whether a text is a content's name: letters, digits, '-', '_' and '.'. */
bool far_name_valid(const char *name);

#endif
