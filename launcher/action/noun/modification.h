/* modification.h - a volume's modification in a reply */
#ifndef QAMI_ACTION_NOUN_MODIFICATION_H
#define QAMI_ACTION_NOUN_MODIFICATION_H

#include "images/registry/modification.h"
#include "launcher/action/reply.h"

void reply_modification(const struct modification *modification,
			struct node *into);

#endif
