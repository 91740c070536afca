/* adopt.h - a bundle that was made for another cloud becomes this store's
 *
 * Only who has the user's private key can do it, once: the manifest in the
 * bucket is written anew with the secret wrapped for this store. The parts stay
 * as they are, and so does the user's copy of the secret.
 */
#ifndef QAMI_IMAGES_ADOPT_H
#define QAMI_IMAGES_ADOPT_H

#include "bundle/key.h"
#include "images/call.h"

/* Makes the bundle whose manifest is at "BUCKET/KEY" one that this store can
 * open, if it is none; signs it with the key, which must open it:
 * FAULT_AUTH_FAILURE. Other faults are those of bucket_find(), and
 * FAULT_INVALID_MANIFEST. */
bool bundle_adopt(struct call *call, const char *location,
		  const struct rsa *key, struct error *err) must_check;

#endif
