/* local.h - the command line of this host, at the unix socket */
#ifndef QAMI_HTTP_LOCAL_H
#define QAMI_HTTP_LOCAL_H

#include "launcher/http/exchange.h"

/* Answers POST /qami/VERB: a row's parameters as JSON, its reply as JSON.
 * Faults are answered as the socket has them. */
void local_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, and the
 * answer to one that is refused before it: front.h. */
bool local_looks(const struct exchange *exchange);
void local_refuse(struct exchange *exchange, const char *service,
		  struct error *err);

#endif
