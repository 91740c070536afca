/* digest.h - SHA-256 and base64, by OpenSSL */
#ifndef QAMI_BASE_DIGEST_H
#define QAMI_BASE_DIGEST_H

#include <stddef.h>

#include "images/base/error.h"

#define SHA256_TEXT_SIZE 65

/* The SHA-256 of some bytes as 64 lower-case hexadecimal digits. */
void sha256_text(const void *data, size_t size,
		 char ret_text[SHA256_TEXT_SIZE]);

/* Base64 without line breaks; caller frees; NULL when memory ran out. */
char *base64_encode(const void *data, size_t size);

/* Decodes base64 (white space is skipped, padding required). The result is
 * NUL-terminated behind *ret_size bytes; caller frees. NULL when the text is
 * not base64 or memory ran out. */
void *base64_decode(const char *text, size_t *ret_size);

#endif
