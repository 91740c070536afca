/* cipher.h - a key sealed under another key, by AES-256-GCM of OpenSSL */
#ifndef QAMI_BASE_CIPHER_H
#define QAMI_BASE_CIPHER_H

#include "images/base/error.h"
#include "images/base/secret.h"

/* A nonce, the bytes and a tag. */
#define SEALED_KEY_SIZE (12 + SECRET_SIZE + 16)

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

#endif
