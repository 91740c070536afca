/* bundletask.h - a bundle task in a reply */
#ifndef QAMI_ACTION_NOUN_BUNDLETASK_H
#define QAMI_ACTION_NOUN_BUNDLETASK_H

#include "images/registry/bundletask.h"
#include "launcher/action/reply.h"

void reply_bundle_task(const struct bundle_task *task, struct node *into);

#endif
