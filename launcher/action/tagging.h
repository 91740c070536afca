/* tagging.h - what CreateTags and DeleteTags share */
#ifndef QAMI_ACTION_TAGGING_H
#define QAMI_ACTION_TAGGING_H

#include "launcher/action/action.h"

/* Changes the tags of all Resources, which are the caller's, in one
 * transaction: `change` is given each of them and the call's Tags (NULL for
 * none). */
bool tagging(struct call *call, const struct args *args,
	     bool (*change)(struct call *call, const char *id,
			    const json_t *tags, struct error *err),
	     struct reply *reply, struct error *err) must_check;

#endif
