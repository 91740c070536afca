/* digest.h - SHA-256, HMAC and base64, by OpenSSL */
#ifndef QAMI_BASE_DIGEST_H
#define QAMI_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"

#define SHA256_SIZE 32
#define SHA256_TEXT_SIZE 65

/* The SHA-256 of some bytes. */
void sha256(const void *data, size_t size, uint8_t ret_digest[SHA256_SIZE]);

/* The SHA-256 of some bytes as 64 lower-case hexadecimal digits. */
void sha256_text(const void *data, size_t size,
		 char ret_text[SHA256_TEXT_SIZE]);

/* What only somebody with the key (of SHA256_SIZE bytes) can have made of some
 * bytes: their HMAC with SHA-256. */
void hmac_sha256(const uint8_t key[SHA256_SIZE], const void *data, size_t size,
		 uint8_t ret_mac[SHA256_SIZE]);

/* Whether two secrets are equal; takes as long wherever they differ. */
bool secret_equal(const void *left, const void *right, size_t size);

/* Base64 without line breaks; caller frees; NULL when memory ran out. */
char *base64_encode(const void *data, size_t size);

/* The same into a text with room for 4 characters for each 3 bytes begun, and
 * the NUL. */
void base64_write(const void *data, size_t size, char *ret_text);

/* Decodes base64 (white space is skipped, padding required). The result is
 * NUL-terminated behind *ret_size bytes; caller frees. NULL when the text is
 * not base64 or memory ran out. */
void *base64_decode(const char *text, size_t *ret_size);

#endif
