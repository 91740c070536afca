/* auth.h - Signature Version 4, verified; and peers of the unix socket
 *
 * Rules: AWS "Signing AWS API requests" and the refusals that other
 * implementations learnt to make: a signature is good for its own request,
 * host, region, service and a quarter of an hour; header and query
 * authentication exclude each other; payloads are hashed except where an
 * operation is known to send them unsigned.
 */
#ifndef QAMI_HTTP_AUTH_H
#define QAMI_HTTP_AUTH_H

#include "launcher/http/exchange.h"

/* Whether the request carries an AWS signature, good or bad. */
bool auth_signed(const struct exchange *exchange);

/* Finds out whose signature it is. The faults are EC2's: FAULT_MISSING_TOKEN,
 * FAULT_INCOMPLETE_SIGNATURE, FAULT_UNKNOWN_KEY (an access key that there is
 * not, or not any more), FAULT_SIGNATURE, FAULT_REQUEST_EXPIRED,
 * FAULT_CONTENT_SHA256, FAULT_MALFORMED_QUERY, FAULT_UNSUPPORTED and
 * FAULT_INVALID_PARAMETER for ways of sending a body that are not taken;
 * fault.h has other services' names for them. Takes as long for a key that
 * there is not. Sets the exchange's account, access_key and repeated once they
 * are certain. The service may be any: whoever chooses a door by it refuses one
 * that is not there. */
bool auth_signature(struct exchange *exchange, struct caller *ret_caller,
		    struct error *err) must_check;

/* Who sits at the other end of the unix socket: the store's owner and root may
 * act as the account that the header X-Qami-Account names, any other user as
 * the account that was made for him; FAULT_AUTH_FAILURE when there is none. */
bool auth_peer(struct exchange *exchange, struct caller *ret_caller,
	       struct error *err) must_check;

#endif
