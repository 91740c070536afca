/* query.h - EC2's query protocol, and that of STS and IAM */
#ifndef QAMI_HTTP_QUERY_H
#define QAMI_HTTP_QUERY_H

#include "launcher/http/exchange.h"

/* Answers Action=… of a form or of a URL's query with XML. Faults
 * are answered as ec2, sts and iam has them. */
void query_answer(struct exchange *exchange, const struct caller *caller);

#endif
