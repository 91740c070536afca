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

/* Checks that the account owns a resource that may be tagged, which may be in
 * the recycle bin: the noun's NotFound otherwise, FAULT_INVALID_ID for an id of
 * no known kind. */
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

/* All tags of a resource, by key; in the arena. Nobody's rights are asked. */
bool tags_read(const struct call *call, const char *id, struct arena *arena,
	       const struct pair **ret_tags, size_t *ret_count,
	       struct error *err) must_check;

/* Sets tags that the store itself gives, "aws:…": nobody else can set or remove
 * them, and they do not count. Within the caller's transaction. */
bool tags_set_system(const struct call *call, const char *id,
		     const struct pair *tags, size_t count, struct error *err)
	must_check;

/* Removes a tag (with a value that is not NULL only if it has that), or all but
 * the store's own. */
bool tags_remove(const struct call *call, const char *id, const char *key,
		 const char *value, struct error *err) must_check;
bool tags_clear(const struct call *call, const char *id, struct error *err)
	must_check;

#endif
