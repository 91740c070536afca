/* bundlekey.h - the keys that a store opens bundles with
 *
 *   keys/                     0700
 *   keys/<account>.pem, .crt  an account's pair, made at its first need
 *   keys/ec2.pem, ec2.crt     the store's own: whoever has its certificate can
 *                             make bundles that only this store can launch
 *
 * What AWS keeps in X.509 files of the user's is here for those who do not
 * want to. Private keys are 0600; certificates are nobody's secret.
 */
#ifndef QAMI_IMAGES_BUNDLEKEY_H
#define QAMI_IMAGES_BUNDLEKEY_H

#include "bundle/key.h"
#include "images/store.h"

/* The name of the store's own pair, for `whose`; accounts are 12 digits. */
#define BUNDLE_KEY_EC2 "ec2"

/* Paths of a pair's files; caller frees; NULL when memory ran out. */
char *bundle_key_path(const struct store *store, const char *whose);
char *bundle_certificate_path(const struct store *store, const char *whose);

/* The pair of an account or of the store, made now if there is none. Safe
 * when several processes want it first: all get the same. */
bool bundle_key_of(struct call *call, const char *whose, struct rsa **ret_key,
		   struct error *err) must_check;

/* The secret of a bundle that this store may open: the store's own copy of it,
 * else that of the account it belongs to. FAULT_AUTH_FAILURE when it is for
 * others. */
bool bundle_key_open(struct call *call, const char *account,
		     const struct manifest *manifest,
		     struct bundle_key *ret_secret, struct error *err)
	must_check;

#endif
