/* key.h - certificates, private keys, and the secret that a bundle is under
 *
 * The format wraps the 32 hexadecimal digits of an AES key, not its bytes, by
 * RSA PKCS #1 v1.5. A wrong private key gives pseudo-random bytes instead of
 * an error: only what reads as digits is believed.
 */
#ifndef QAMI_BUNDLE_KEY_H
#define QAMI_BUNDLE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/manifest.h"
#include "images/base/auto.h"
#include "images/base/error.h"

/* A public key, with or without its private half. */
struct rsa;

/* A bundle's secret: AES-128 in CBC mode. */
struct bundle_key {
	uint8_t key[16];
	uint8_t iv[16];
};

/* Reads a PEM private key, or the public key of a PEM certificate or public
 * key. FAULT_INVALID_PARAMETER names the file when it is none, or is under a
 * pass phrase. */
bool rsa_read_private(const char *path, struct rsa **ret_key, struct error *err)
	must_check;
bool rsa_read_certificate(const char *path, struct rsa **ret_key,
			  struct error *err) must_check;
void rsa_free(struct rsa *key);
AUTO_DEFINE(rsa, rsa_free)

/* Makes a pair of 2048 bits and a self-signed certificate for an account. Each
 * file appears whole or not at all, the key first and with mode 0600. Files
 * that are there already stay: a key gets the certificate that it lacks, and
 * FAULT_INVALID_PARAMETER is for a certificate without its key. */
bool rsa_make(const char *key_path, const char *certificate_path,
	      const char *account, struct error *err) must_check;

/* Signs some bytes, or tells whether hexadecimal digits are the signature of
 * some (FAULT_INVALID_MANIFEST when not). */
bool rsa_sign_sha1(const struct rsa *key, const void *data, size_t size,
		   struct buf *ret_hex, struct error *err) must_check;
bool rsa_verify_sha1(const struct rsa *key, const void *data, size_t size,
		     const char *hex, struct error *err) must_check;

/* A fresh secret from the system's random numbers. */
void bundle_key_make(struct bundle_key *ret_key);

/* Wraps both halves for one reader; hexadecimal in the arena. */
bool bundle_key_wrap(const struct bundle_key *secret, const struct rsa *reader,
		     struct arena *arena, const char **ret_key,
		     const char **ret_iv, struct error *err) must_check;

/* Unwraps the user's copy, else EC2's. FAULT_AUTH_FAILURE when the private
 * key opens neither. */
bool bundle_key_unwrap(const struct manifest *manifest, const struct rsa *key,
		       struct bundle_key *ret_key, struct error *err)
	must_check;

#endif
