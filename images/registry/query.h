/* query.h - what a Describe call asks for: ids, filters, a page
 *
 * Filters go into the SQL, so that the indexes answer them: 100 000 rows are
 * never read to find one. Names are ANDed, values ORed; `*` and `?` are
 * wildcards, `\` escapes; letters count (EC2's rules).
 */
#ifndef QAMI_REGISTRY_QUERY_H
#define QAMI_REGISTRY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"

struct filter {
	const char *name; /* "image-id", "tag:Name", … */
	const char *const *values;
	size_t count; /* 0: EC2 matches nothing then */
};

/* Images and snapshots in the recycle bin. */
enum query_bin {
	BIN_LEAVE, /* are left out */
	BIN_ALONE, /* and nothing else */
	BIN_TOO,   /* and what is not there; of snapshots only */
};

/* All borrowed. Zero means: whatever there is. */
struct query {
	const char *account; /* who asks: only what it may see; NULL: all */
	const char *const *ids;
	size_t id_count;
	const char *const *owners; /* account numbers */
	size_t owner_count;
	const char *const *grantees; /* images and snapshots: "self", "all"
				      * or accounts */
	size_t grantee_count;
	int64_t fresh; /* images: leave out those of others that are
			* deprecated by then, unless `ids` names them */
	bool enabled;  /* images: leave out disabled ones */
	enum query_bin bin;
	const struct filter *filters;
	size_t filter_count;
	int64_t after; /* the `seq` of the last row of the page before */
	int64_t limit; /* rows at most; 0: no limit */
};

#endif
