/* visit.h - what a verb at somebody's terminal asks of the store
 *
 * `qami ssh` becomes a program of whoever types it, `qami logs` writes where he
 * does. What they need of the store are rows that travel: run here where the
 * store is open, by its server where it is another user's.
 */
#ifndef QAMI_CLI_VISIT_H
#define QAMI_CLI_VISIT_H

#include <jansson.h>

#include "images/call.h"
#include "launcher/action/reply.h"
#include "launcher/cli/options.h"

/* Zeroed but for `options`; all borrowed. */
struct visit {
	struct call *call; /* in the open store; NULL: it is another user's */
	const struct options *options;
	const char *own_key; /* as in struct call */

	/* Whether the answer is not waited for any more; NULL: it always is.
	 * Its argument means nothing. */
	bool (*gone)(void *data);

	bool quiet;   /* only that it takes time is shown, no stages */
	usec_t since; /* what stages are counted from; 0: from each question */
};

/* Runs the row that a verb's name stands for. The parameters are its own from
 * here on; NULL is what there was no memory for. The reply, which was zeroed,
 * ends with reply_done(), also after a failure. Fails as the row does, with
 * FAULT_HOST where another's store has no server. */
bool visit_ask(struct visit *visit, const char *verb, json_t *params,
	       struct reply *ret_reply, struct error *err) must_check;

/* A member of an answer's structure; its text, its number: borrowed. */
const struct node *visit_member(const struct node *node, const char *name);
const char *visit_text(const struct node *node, const char *name,
		       const char *fallback);
int64_t visit_number(const struct node *node, const char *name,
		     int64_t fallback);

#endif
