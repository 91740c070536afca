/* digest.c - SHA-256, HMAC and base64 */
#include "images/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sha256_text(const void *data, size_t size, char ret_text[SHA256_TEXT_SIZE])
{
	unsigned char raw[SHA256_DIGEST_LENGTH];

	SHA256(data, size, raw);
	for (size_t i = 0; i < sizeof(raw); i++)
		snprintf(ret_text + 2 * i, 3, "%02x", raw[i]);
}

void sha256(const void *data, size_t size, uint8_t ret_digest[SHA256_SIZE])
{
	SHA256(data, size, ret_digest);
}

void hmac_sha256(const uint8_t key[SHA256_SIZE], const void *data, size_t size,
		 uint8_t ret_mac[SHA256_SIZE])
{
	HMAC(EVP_sha256(), key, SHA256_SIZE, data, size, ret_mac, NULL);
}

bool secret_equal(const void *left, const void *right, size_t size)
{
	return CRYPTO_memcmp(left, right, size) == 0;
}

char *base64_encode(const void *data, size_t size)
{
	char *text = size < INT32_MAX / 2 ? malloc(4 * (size / 3 + 1) + 1) :
					    NULL;

	if (text)
		EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	return text;
}

void base64_write(const void *data, size_t size, char *ret_text)
{
	EVP_EncodeBlock((unsigned char *)ret_text, data, (int)size);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* OpenSSL takes '=' anywhere and '-' for an end; we do neither. */
static bool is_base64(const unsigned char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

void *base64_decode(const char *text, size_t *ret_size)
{
	size_t room = strlen(text);
	unsigned char *packed = malloc(room + 1);
	unsigned char *data = malloc(room + 4);
	size_t size = 0, padding = 0;
	int done = -1;

	for (const char *c = text; packed && data && *c; c++)
		if (!is_space(*c))
			packed[size++] = (unsigned char)*c;
	if (packed && data && size % 4 == 0 && size < INT32_MAX) {
		while (padding < 2 && padding < size &&
		       packed[size - 1 - padding] == '=')
			padding++;
		if (is_base64(packed, size - padding))
			done = size ? EVP_DecodeBlock(data, packed, (int)size)
				    : 0;
	}
	free(packed);
	if (done < 0) {
		free(data);
		return NULL;
	}
	*ret_size = (size_t)done - padding;
	data[*ret_size] = 0;
	return data;
}
