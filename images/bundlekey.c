/* bundlekey.c - pairs of keys, made at their first need
 *
 * The store's own pair takes the part of EC2's: every bundle made here is
 * wrapped for it, so that a launch needs no key of the user's.
 */
#include "images/bundlekey.h"

#include <string.h>

#include "images/base/auto.h"
#include "images/base/file.h"

/* What the certificate of the store's own pair says. */
#define NOBODY "000000000000"

char *bundle_key_path(const struct store *store, const char *whose)
{
	return store_path(store, "keys/%s.pem", whose);
}

char *bundle_certificate_path(const struct store *store, const char *whose)
{
	return store_path(store, "keys/%s.crt", whose);
}

bool bundle_key_of(struct call *call, const char *whose, struct rsa **ret_key,
		   struct error *err)
{
	auto_free char *directory = store_path(call->store, "keys");
	auto_free char *key = bundle_key_path(call->store, whose);
	auto_free char *certificate =
		bundle_certificate_path(call->store, whose);
	bool own = strcmp(whose, BUNDLE_KEY_EC2) == 0;

	if (!directory || !key || !certificate)
		return fail_memory(err);
	if ((access(key, F_OK) != 0 || access(certificate, F_OK) != 0) &&
	    (!dir_make(directory, 0700, err) ||
	     !rsa_make(key, certificate, own ? NOBODY : whose, err)))
		return false;
	return rsa_read_private(key, ret_key, err);
}

bool bundle_key_open(struct call *call, const char *account,
		     const struct manifest *manifest,
		     struct bundle_key *ret_secret, struct error *err)
{
	const char *const readers[] = { BUNDLE_KEY_EC2, account };

	for (size_t i = 0; i < 2; i++) {
		auto_of(rsa) key = NULL;

		if (!bundle_key_of(call, readers[i], &key, err))
			return false;
		if (bundle_key_unwrap(manifest, key, ret_secret, err))
			return true;
		if (err->fault != FAULT_AUTH_FAILURE)
			return false;
		error_clear(err);
	}
	return fail(err, FAULT_AUTH_FAILURE,
		    "The bundle was made for another cloud: neither this "
		    "store's key nor the account's opens it");
}
