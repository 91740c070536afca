/* object.h - the few calls of S3 that bundles take, over the store's buckets */
#ifndef QAMI_HTTP_OBJECT_H
#define QAMI_HTTP_OBJECT_H

#include "launcher/http/exchange.h"

/* Answers PUT, GET, HEAD and DELETE of objects, lists, locations. Faults
 * are answered as s3 has them. */
void object_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, and the
 * answer to one that is refused before it: front.h. */
bool object_looks(const struct exchange *exchange);
void object_refuse(struct exchange *exchange, const char *service,
		   struct error *err);

#endif
