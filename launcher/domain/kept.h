/* kept.h - connections to daemons that stay open (private to this room)
 *
 * Lock order: `keeping`, then a connection's own. Neither is held while a call
 * about a machine is under way.
 */
#ifndef QAMI_DOMAIN_KEPT_H
#define QAMI_DOMAIN_KEPT_H

#include "launcher/domain/connect.h"

/* One of a few connections to a URI, used by any number of threads at once. */
struct kept;

/* A connection that is open, opening it if need be; *ret_kept is NULL if none
 * are kept, or memory ran out. Given back by kept_release(), after which the
 * connection is not to be used. */
bool kept_take(const char *uri, struct kept **ret_kept,
	       virConnectPtr *ret_connection, struct error *err) must_check;
void kept_release(struct kept *kept, virConnectPtr connection);

#endif
