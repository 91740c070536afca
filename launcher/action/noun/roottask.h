/* roottask.h - a task that replaces a root volume in a reply */
#ifndef QAMI_ACTION_NOUN_ROOTTASK_H
#define QAMI_ACTION_NOUN_ROOTTASK_H

#include "images/registry/roottask.h"
#include "launcher/action/reply.h"

bool reply_root_task(struct db *db, const struct root_task *task,
		     struct node *into, struct error *err) must_check;

#endif
