/* front.h - who calls, and which door it is for
 *
 * One authentication decision for everything but /healthz. The doors:
 *
 *   ec2, sts, iam   POST / and GET /: Action= and Version= (query.h)
 *   ebs             /snapshots…: REST with JSON (rest.h)
 *   s3              /BUCKET/KEY: objects of the store's buckets (object.h)
 *   the socket      POST /qami/…: the command line of this host (local.h)
 *
 * The service of the credential scope chooses; what comes through the unix
 * socket without a signature is the command line's.
 */
#ifndef QAMI_HTTP_FRONT_H
#define QAMI_HTTP_FRONT_H

#include "launcher/http/exchange.h"

/* Answers a request, whatever it is. */
void front(struct exchange *exchange);

#endif
