/* archive-private.h - what the files of the archive share */
#ifndef QAMI_IMAGES_ARCHIVE_PRIVATE_H
#define QAMI_IMAGES_ARCHIVE_PRIVATE_H

#include "images/archive.h"
#include "images/bucket.h"

/* Whether a place is a directory; else it is a bucket. */
bool archive_is_directory(const char *place);

/* The object's bucket, made when it is missing and that is wanted, and its key
 * there, in the arena; its account is who calls. */
bool archive_bucket(const struct call *call,
		    const struct archive_object *object, bool make,
		    struct arena *arena, struct bucket **ret_bucket,
		    const char **ret_key, struct error *err) must_check;

#endif
