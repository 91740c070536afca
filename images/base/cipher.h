/* cipher.h - a key sealed under another key, by AES-256-GCM of OpenSSL; and
 * any bytes
 */
#ifndef QAMI_BASE_CIPHER_H
#define QAMI_BASE_CIPHER_H

#include <stddef.h>

#include "images/base/error.h"
#include "images/base/secret.h"

/* What sealing adds: a nonce before the bytes and a tag behind them. */
#define CIPHER_NONCE 12
#define CIPHER_TAG 16
#define CIPHER_EXTRA (CIPHER_NONCE + CIPHER_TAG)

#define SEALED_KEY_SIZE (SECRET_SIZE + CIPHER_EXTRA)

struct sealed_key {
	uint8_t bytes[SEALED_KEY_SIZE];
};

/* Seals a key; `about` is what it is for: it opens with the same alone. Each
 * time another nonce is drawn. Fails without memory only. */
bool cipher_seal(const struct secret *key, const struct secret *plain,
		 const char *about, struct sealed_key *ret_sealed,
		 struct error *err) must_check;

/* Whether it was sealed so, and then what it is: of bytes that were altered,
 * or sealed under another key or about something else, nothing is told. */
bool cipher_open(const struct secret *key, const struct sealed_key *sealed,
		 const char *about, struct secret *ret_plain) must_check;

/* The same of any bytes, at most 1 GiB: `size` of them, and as many and
 * CIPHER_EXTRA sealed. */
bool cipher_seal_bytes(const struct secret *key, const void *plain, size_t size,
		       const char *about, uint8_t *ret_sealed,
		       struct error *err) must_check;

/* `size` counts what is sealed; that many less CIPHER_EXTRA come of it. What
 * is in ret_plain when it does not open is overwritten. */
bool cipher_open_bytes(const struct secret *key, const uint8_t *sealed,
		       size_t size, const char *about, void *ret_plain)
	must_check;

#endif
