/* query.h - EC2's query protocol, and that of STS and IAM */
#ifndef QAMI_HTTP_QUERY_H
#define QAMI_HTTP_QUERY_H

#include "launcher/http/exchange.h"

/* Answers Action=… of a form or of a URL's query with XML. Faults
 * are answered as ec2, sts and iam have them. */
void query_answer(struct exchange *exchange, const struct caller *caller);

/* Whether a request that names no service looks meant for this door, and the
 * answer to one that is refused before it: front.h. */
bool query_looks(const struct exchange *exchange);
void query_refuse(struct exchange *exchange, const char *service,
		  struct error *err);

#endif
