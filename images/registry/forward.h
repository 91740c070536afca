/* forward.h - the forward table: which port of 127.0.0.1 leads to an instance's
 *
 * A row stays as long as its instance, also while nothing listens, so that a
 * port is the same after a stop and start, and after a rule was revoked and
 * granted again.
 */
#ifndef QAMI_REGISTRY_FORWARD_H
#define QAMI_REGISTRY_FORWARD_H

#include "images/registry/db.h"

/* Notes a port that is an instance's now. Whose it was until then wants it no
 * more. */
bool forward_set(struct db *db, const char *instance, uint16_t guest_port,
		 uint16_t host_port, struct error *err) must_check;

/* The host's port; 0 when none was ever given. */
bool forward_get(struct db *db, const char *instance, uint16_t guest_port,
		 uint16_t *ret_host_port, struct error *err) must_check;

/* Gives all ports of an instance back. */
bool forward_clear(struct db *db, const char *instance, struct error *err)
	must_check;

#endif
