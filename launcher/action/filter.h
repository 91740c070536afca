/* filter.h - filters over what no table holds: regions, types, tasks
 *
 * What is in the registry is filtered there (images/registry/query.h); this is
 * for answers that are made up in memory.
 */
#ifndef QAMI_ACTION_FILTER_H
#define QAMI_ACTION_FILTER_H

#include <jansson.h>
#include <stddef.h>

#include "images/base/error.h"

#define FILTER_VALUES_MOST 200 /* of one filter */

/* What an element says to a filter of that name. The same name may come
 * several times: any of them counts. */
struct filter_value {
	const char *name;
	const char *text;
};

/* Whether all filters (Filters, NULL for none) are among the names, which may
 * be patterns; else FAULT_INVALID_PARAMETER. The names end with NULL. */
bool filter_check(const json_t *filters, const char *const *names,
		  struct error *err) must_check;

/* Whether an element passes: every filter has a value that equals one of the
 * element's; `*`, `?` and `\` as EC2 has them. */
bool filter_pass(const json_t *filters, const struct filter_value *values,
		 size_t count);

/* Whether a text is in a list of texts; an absent list has everything. */
bool filter_listed(const json_t *list, const char *text);

/* Whether a text is what a pattern with `*`, `?` and `\` says. */
bool filter_glob(const char *pattern, const char *text);

#endif
