/* rest.h - EBS direct and the recycle bin's rules: REST with JSON, blocks as
 * bodies */
#ifndef QAMI_HTTP_REST_H
#define QAMI_HTTP_REST_H

#include "launcher/http/exchange.h"

/* Answers a call of the caller's service: EBS direct's six under /snapshots, or
 * those of rbin. Faults are answered as that has them. */
void rest_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, which only
 * EBS direct's do (buckets may be called "rules"), and the answer to one that
 * is refused before it: front.h. */
bool rest_looks(const struct exchange *exchange);
void rest_refuse(struct exchange *exchange, const char *service,
		 struct error *err);

#endif
