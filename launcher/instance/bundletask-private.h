/* bundletask-private.h - where a bundling task's bundle goes, and its name */
#ifndef QAMI_INSTANCE_BUNDLETASK_PRIVATE_H
#define QAMI_INSTANCE_BUNDLETASK_PRIVATE_H

#include "images/bucket.h"
#include "launcher/instance/bundletask.h"

/* The last component of a prefix: what image and parts are called. Borrowed
 * from it. */
const char *bundletask_name(const char *prefix);

/* Where the manifest goes, BUCKET/PREFIX.manifest.xml; texts in the arena. The
 * faults of location_split(). */
bool bundletask_location(const char *bucket, const char *prefix,
			 struct arena *arena, struct location *ret_location,
			 struct error *err) must_check;

#endif
