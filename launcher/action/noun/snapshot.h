/* snapshot.h - a snapshot in a reply */
#ifndef QAMI_ACTION_NOUN_SNAPSHOT_H
#define QAMI_ACTION_NOUN_SNAPSHOT_H

#include "images/call.h"
#include "images/registry/snapshot.h"
#include "launcher/action/reply.h"

bool reply_snapshot(struct db *db, const struct snapshot *snapshot,
		    struct node *into, struct error *err) must_check;

/* Adds how many bytes the blocks take that a completed snapshot shows. */
bool reply_snapshot_size(struct call *call, const struct snapshot *snapshot,
			 struct node *into, struct error *err) must_check;

#endif
