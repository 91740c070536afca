/* type.h - what the actions about instance types share */
#ifndef QAMI_ACTION_TYPE_H
#define QAMI_ACTION_TYPE_H

#include "images/type.h"
#include "launcher/action/query.h"

/* The next type on a page (launcher/action/query.h) that `pass` lets through,
 * from `*at` on, which moves behind it; NULL at the end of the page. */
const struct instance_type *type_next(
	struct page *page,
	bool (*pass)(const void *data, const struct instance_type *type),
	const void *data, size_t *at);

bool type_filter_check(const json_t *filters, struct error *err) must_check;
bool type_filter_pass(const json_t *filters, const struct instance_type *type);

/* "nitro" or "xen". */
const char *type_hypervisor(const struct instance_type *type);

#endif
