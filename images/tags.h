/* tags.h - tags on images, instances, and whatever else has an id */
#ifndef QAMI_IMAGES_TAGS_H
#define QAMI_IMAGES_TAGS_H

#include "images/store.h"
#include "images/registry/tag.h"

struct pair; /* images/image.h */

#define TAGS_MOST 50 /* on one resource */

/* The type of a resource that may be tagged, by its id: "image", "volume",
 * "security-group-rule", …; NULL for anything else. */
const char *tags_type(const char *id);

/* Checks that the account owns a resource that may be tagged: the noun's
 * NotFound otherwise, FAULT_INVALID_ID for an id of no known kind. */
bool tags_authorise(const struct call *call, const char *id, struct error *err)
	must_check;

/* Checks a key and value by EC2's rules: 1 to 127 and at most 255 characters,
 * no "aws:" prefix. */
bool tags_check(const char *key, const char *value, struct error *err)
	must_check;

/* Checks a key and value and sets the tag; at most 50 a
 * resource. Within the caller's transaction. */
bool tags_set(const struct call *call, const char *id, const char *key,
	      const char *value, struct error *err) must_check;

/* The same for each of several tags. */
bool tags_set_all(const struct call *call, const char *id,
		  const struct pair *tags, size_t count, struct error *err)
	must_check;

#endif
