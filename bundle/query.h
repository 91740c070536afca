/* query.h - one signed request of EC2's Query protocol
 *
 * For the tools that run inside of guests: a form goes to an endpoint, an XML
 * document comes back. It is sent once: what asks for a change and is not
 * answered may have been done all the same.
 */
#ifndef QAMI_BUNDLE_QUERY_H
#define QAMI_BUNDLE_QUERY_H

#include "bundle/bucket.h"
#include "images/base/buf.h"
#include "images/base/error.h"
#include "images/base/sigv4.h"

#define QUERY_VERSION "2016-11-15"

/* Sends a form to the server's URL, which must be there, and appends the
 * answer's document. `params` are Action, Version and whatever the action
 * takes. A failure that the server answers has its code, where that is one of
 * ours, and its words. */
bool query_send(const struct bucket_server *server,
		const struct sigv4_pair *params, size_t count,
		struct buf *ret_body, struct error *err) must_check;

#endif
