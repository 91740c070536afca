/* tags.h - a resource's tags in a reply */
#ifndef QAMI_ACTION_NOUN_TAGS_H
#define QAMI_ACTION_NOUN_TAGS_H

#include "images/registry/db.h"
#include "launcher/action/reply.h"

/* Adds Tags; with `always` even when there are none, as an empty list. */
bool reply_tags(struct db *db, const char *resource, bool always,
		struct node *into, struct error *err) must_check;

/* The same under the name that a network interface's have: TagSet, always. */
bool reply_tag_set(struct db *db, const char *resource, struct node *into,
		   struct error *err) must_check;

#endif
