/* query.h - JMESPath: taking out of an answer what one wants */
#ifndef QAMI_CLI_QUERY_H
#define QAMI_CLI_QUERY_H

#include "launcher/action/reply.h"

/* Whether a text is an expression; asked before a call whose answer it is for,
 * because that may launch something. FAULT_INVALID_PARAMETER. */
bool query_check(const char *expression, struct error *err) must_check;

/* Evaluates an expression on a reply; the result lives in the reply's arena
 * and shares nodes with it. False with FAULT_INVALID_PARAMETER for a bad
 * expression. */
bool query_run(const char *expression, struct reply *reply,
	       const struct node **ret_node, struct error *err) must_check;

#endif
