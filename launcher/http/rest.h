/* rest.h - EBS direct: REST with JSON, blocks as bodies */
#ifndef QAMI_HTTP_REST_H
#define QAMI_HTTP_REST_H

#include "launcher/http/exchange.h"

/* Answers one of the six calls under /snapshots. Faults
 * are answered as ebs has them. */
void rest_answer(struct exchange *exchange, const struct caller *caller);

#endif
