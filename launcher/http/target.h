/* target.h - services that speak JSON to X-Amz-Target: kms */
#ifndef QAMI_HTTP_TARGET_H
#define QAMI_HTTP_TARGET_H

#include "launcher/http/exchange.h"

/* Answers a call of the key service, JSON 1.1; of any other service's, that
 * there is no such operation, which clients of ssm and its like understand. */
void target_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, and the
 * answer to one that is refused before it: front.h. */
bool target_looks(const struct exchange *exchange);
void target_refuse(struct exchange *exchange, const char *service,
		   struct error *err);

#endif
