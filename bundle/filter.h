/* filter.h - what of a system goes into its bundle, and what never does
 *
 * Rules are rsync's, and so is what they mean: the first one that matches
 * decides, a directory that is left out takes everything below along, and what
 * no rule matches is kept. A pattern beginning with '/' is anchored at the
 * system's root; one without any '/' is matched with a name, one with some
 * with as many names at a path's end; '*' and '?' stop at '/', "**" does not.
 */
#ifndef QAMI_BUNDLE_FILTER_H
#define QAMI_BUNDLE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "images/base/arena.h"
#include "images/base/error.h"

struct filter_rule {
	const char *pattern;
	bool keep;
};

/* In the arena it was made in. */
struct root_filter {
	struct filter_rule *rules;
	size_t count;
};

/* What the user says of it. All borrowed. */
struct filter_wish {
	const char *const *includes; /* patterns; they win over all others */
	size_t include_count;
	const char *const *excludes; /* patterns or absolute paths */
	size_t exclude_count;
	bool no_filter; /* secrets, and what editors leave behind, go along */
};

/* The rules: includes, the default filter of secrets, excludes, and what is
 * never anybody's: the contents of /dev, /proc, /sys, /run, /tmp, /mnt, /media
 * and lost+found. FAULT_INVALID_PARAMETER for a pattern that is empty or has
 * control characters. */
bool filter_make(const struct filter_wish *wish, struct arena *arena,
		 struct root_filter *ret_filter, struct error *err) must_check;

/* Whether a path ("etc/passwd", from the system's root) is kept, its parents
 * being so. */
bool filter_keeps(const struct root_filter *filter, const char *path,
		  bool directory);

#endif
