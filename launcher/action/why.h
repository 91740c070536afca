/* why.h - why something failed, as an account may read it
 *
 * What work that goes on after an answer failed with is kept as it was found,
 * for the log and for who owns the store: it may name files of the host. In a
 * reply to anybody else each such path is a word, or the id that it ends in.
 */
#ifndef QAMI_ACTION_WHY_H
#define QAMI_ACTION_WHY_H

#include "launcher/action/reply.h"

/* Adds such a text to a structure, as node_str() does. Whole where the reply
 * is (reply.h). */
void node_why(struct node *into, const char *sdk, const char *wire,
	      const char *text);

/* Appends a text without the paths of files, and places of other hosts, that
 * are in it. Devices, buckets and addresses of servers stay: accounts name
 * them. */
void why_public(const char *text, struct buf *out);

#endif
