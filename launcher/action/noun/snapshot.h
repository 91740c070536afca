/* snapshot.h - a snapshot in a reply */
#ifndef QAMI_ACTION_NOUN_SNAPSHOT_H
#define QAMI_ACTION_NOUN_SNAPSHOT_H

#include "images/call.h"
#include "images/registry/snapshot.h"
#include "launcher/action/reply.h"

/* Three calls show one, each in its own way. */
enum snapshot_form {
	SNAPSHOT_LISTED, /* DescribeSnapshots */
	SNAPSHOT_MADE,	 /* CreateSnapshot: Tags even when there are none */
	SNAPSHOT_INFO,	 /* CreateSnapshots: the wire says "state" */
};

/* A snapshot as the caller sees it: tags are their owner's alone. */
bool reply_snapshot(struct call *call, const struct snapshot *snapshot,
		    enum snapshot_form form, struct node *into,
		    struct error *err) must_check;

/* Adds how many bytes the blocks take that a completed snapshot shows. */
bool reply_snapshot_size(struct call *call, const struct snapshot *snapshot,
			 struct node *into, struct error *err) must_check;

#endif
