/* content.h - what is at a path of the metadata service
 *
 * A pure function of an instance's facts. All versions are the same tree:
 * "latest", "1.0" and any date.
 *
 * What is listed, answers: a client that walks the tree gives up at the first
 * 404. So nothing is listed that the instance has not.
 */
#ifndef QAMI_METADATA_CONTENT_H
#define QAMI_METADATA_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "images/base/arena.h"
#include "images/base/error.h"
#include "launcher/metadata/facts.h"

struct content {
	const void *data; /* in the arena or the facts' */
	size_t size;
	const char *type;
};

/* Whether a component names a version of the tree. */
bool content_version(const char *name);

/* `path` has neither slashes at its ends nor two in a row; "" lists the
 * versions. */
bool content_find(const struct facts *facts, const char *path,
		  struct arena *arena, struct content *ret_content,
		  bool *ret_found, struct error *err) must_check;

#endif
