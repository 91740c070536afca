/* type.h - what the actions about instance types share */
#ifndef QAMI_ACTION_TYPE_H
#define QAMI_ACTION_TYPE_H

#include "images/base/error.h"
#include "images/type.h"
#include "launcher/action/args.h"

/* Where a page begins and how many it may have (-1: all), from MaxResults and
 * NextToken, which is the name of the type before which the last one ended. */
bool type_page(const struct args *args, const struct instance_type **ret_first,
	       int64_t *ret_room, struct error *err) must_check;

bool type_filter_check(const json_t *filters, struct error *err) must_check;
bool type_filter_pass(const json_t *filters, const struct instance_type *type);

/* "nitro" or "xen". */
const char *type_hypervisor(const struct instance_type *type);

#endif
