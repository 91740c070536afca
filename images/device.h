/* device.h - the names that disks have in block device mappings */
#ifndef QAMI_IMAGES_DEVICE_H
#define QAMI_IMAGES_DEVICE_H

#include <stdbool.h>

#define EPHEMERAL_MOST 24

/* Whether a name, without "/dev/", is one that a disk may have: sd[a-z] with a
 * partition's number or without, xvd[a-z], xvd[bc][a-z], vd[a-z]. */
bool device_valid(const char *name);

/* Whether two names, each with "/dev/" or without, are the same device's. */
bool device_same(const char *one, const char *two);

/* The N of "ephemeralN", 0 to 23; -1 when the text is anything else. */
int ephemeral_number(const char *name);

#endif
