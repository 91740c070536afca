/* front.h - who calls, and which door it is for
 *
 * One authentication decision for everything but /healthz, which the server
 * answers itself. The doors:
 *
 *   ec2, sts, iam   POST / and GET /: Action= and Version= (query.h)
 *   ebs             /snapshots…: REST with JSON (rest.h)
 *   rbin            /rules…, /list-rules, /tags/…: the same
 *   s3              /BUCKET/KEY: objects of the store's buckets (object.h)
 *   kms             POST / with X-Amz-Target: JSON 1.1 (target.h)
 *   any other       the same: none of them is here
 *   the socket      POST /qami/…: the command line of this host (local.h)
 *
 * The service of the credential scope chooses; what comes through the unix
 * socket without a signature is the command line's. What is refused before its
 * service is certain is refused in the form of the door that it looks meant
 * for.
 */
#ifndef QAMI_HTTP_FRONT_H
#define QAMI_HTTP_FRONT_H

#include "launcher/http/exchange.h"

/* Each door's two functions. `answer` is called for who has been let in;
 * `refuse` answers with an error of front()'s, for a service of the door's or
 * NULL where that is not known, and may translate it. */
struct door {
	const char *service; /* of the credential scope; NULL: none, the socket
			      * or whatever has no door */
	/* Whether a request that names no service looks meant for it. */
	bool (*looks)(const struct exchange *exchange);
	void (*answer)(struct exchange *exchange, const struct caller *caller);
	void (*refuse)(struct exchange *exchange, const char *service,
		       struct error *err);
};

/* Answers a request, whatever it is. Every answer carries the request's id as
 * x-amzn-RequestId. */
void front(struct exchange *exchange);

#endif
