/* masterkey.h - the key that all keys of a store are sealed under
 *
 *   keys/master   32 random bytes (0600)
 *
 * The registry keeps a digest of it, so that another file in its place is
 * noticed, and a store that has had one never gets a second.
 */
#ifndef QAMI_IMAGES_MASTERKEY_H
#define QAMI_IMAGES_MASTERKEY_H

#include "images/base/secret.h"
#include "images/store.h"

/* Reads it; with `make`, which takes a write transaction, makes it first when
 * the store has never had one. Several processes that want it first get the
 * same. FAULT_INTERNAL says what to do when it is lost, another one's, or to be
 * read by others. */
bool master_key(const struct call *call, bool make, struct secret *ret_key,
		struct error *err) must_check;

#endif
