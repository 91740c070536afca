/* tree.h - an answer on its way to the command line
 *
 * JSON under the SDK's names, in order. What JSON has no type for is an object
 * whose one name is empty: {"": 1795222863000000} a point in time,
 * {"": "…"} a text that is not UTF-8, in base64. Hidden members stay behind.
 */
#ifndef QAMI_HTTP_TREE_H
#define QAMI_HTTP_TREE_H

#include <jansson.h>

#include "launcher/action/reply.h"

/* Appends a node, or only a text, without a line feed. */
void tree_write(const struct node *node, struct buf *out);
void tree_write_text(const char *text, struct buf *out);

/* Reads them back: the node becomes the reply's root, the text is in the
 * arena. FAULT_HOST when it is not what tree_write() wrote. */
bool tree_read(const json_t *json, struct reply *reply, struct error *err)
	must_check;
bool tree_read_text(const json_t *json, struct arena *arena,
		    const char **ret_text, struct error *err) must_check;

#endif
