/* rest.h - EBS direct: REST with JSON, blocks as bodies */
#ifndef QAMI_HTTP_REST_H
#define QAMI_HTTP_REST_H

#include "launcher/http/exchange.h"

/* Answers one of the six calls under /snapshots. Faults
 * are answered as ebs has them. */
void rest_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, and the
 * answer to one that is refused before it: front.h. */
bool rest_looks(const struct exchange *exchange);
void rest_refuse(struct exchange *exchange, const char *service,
		 struct error *err);

#endif
