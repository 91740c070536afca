/* snapshot.h - a snapshot in a reply */
#ifndef QAMI_ACTION_NOUN_SNAPSHOT_H
#define QAMI_ACTION_NOUN_SNAPSHOT_H

#include "images/registry/snapshot.h"
#include "launcher/action/reply.h"

bool reply_snapshot(struct db *db, const struct snapshot *snapshot,
		    struct node *into, struct error *err) must_check;

#endif
