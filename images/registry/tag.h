/* tag.h - the tag table: keys and values on any resource */
#ifndef QAMI_REGISTRY_TAG_H
#define QAMI_REGISTRY_TAG_H

#include "images/registry/db.h"
#include "images/registry/query.h"

struct tag {
	int64_t seq; /* set by tag_list(): the row's number */
	const char *resource;
	const char *key;
	const char *value;
	const char *type; /* "image", "instance", "volume", "snapshot", … */
	const char *owner;
};

/* Sets a tag, replacing the value of an earlier one with that key. */
bool tag_set(struct db *db, const struct tag *tag, struct error *err)
	must_check;

/* Removes a tag; with a value that is not NULL only if it has that value. */
bool tag_remove(struct db *db, const char *resource, const char *key,
		const char *value, struct error *err) must_check;

/* Removes every tag of a resource. */
bool tag_clear(struct db *db, const char *resource, struct error *err)
	must_check;

/* Removes every tag of a resource whose key does not begin with "aws:". */
bool tag_clear_plain(struct db *db, const char *resource, struct error *err)
	must_check;

/* How many there are of these. */
bool tag_count(struct db *db, const char *resource, int64_t *ret_count,
	       struct error *err) must_check;

/* Calls `row` for each tag of a resource, by key; the row lives for the
 * call. */
bool tag_each(struct db *db, const char *resource,
	      void (*row)(void *data, const struct tag *tag), void *data,
	      struct error *err) must_check;

/* Calls `row` for each tag that the account owns and the query asks for; the
 * page's position is the number of rows before. */
bool tag_list(struct db *db, const struct query *query,
	      bool (*row)(void *data, const struct tag *tag, struct error *err),
	      void *data, struct error *err) must_check;

#endif
