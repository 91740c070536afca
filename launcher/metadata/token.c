/* token.c - an expiry and its HMAC, in base64 */
#include "launcher/metadata/token.h"

#include <string.h>

#include "images/base/auto.h"

#define EXPIRY_SIZE 8
#define BYTES (EXPIRY_SIZE + SHA256_SIZE)

_Static_assert((BYTES + 2) / 3 * 4 + 1 == TOKEN_SIZE, "base64 of BYTES");

bool token_ttl(const char *text, int64_t *ret_seconds)
{
	int64_t seconds = 0;

	if (!text || !*text || strlen(text) > 5 ||
	    text[strspn(text, "0123456789")])
		return false;
	for (; *text; text++)
		seconds = seconds * 10 + (*text - '0');
	*ret_seconds = seconds;
	return seconds >= 1 && seconds <= TOKEN_TTL_MOST;
}

void token_make(const struct token_key *key, const char *instance,
		int64_t expires, char ret_token[TOKEN_SIZE])
{
	/* the id is the rest, so that nothing runs into anything */
	uint8_t bytes[BYTES], said[EXPIRY_SIZE + 64] = { 0 };
	size_t size = strnlen(instance, sizeof(said) - EXPIRY_SIZE);

	for (size_t i = 0; i < EXPIRY_SIZE; i++)
		bytes[i] = (uint8_t)((uint64_t)expires >> (56 - 8 * i));
	memcpy(said, bytes, EXPIRY_SIZE);
	memcpy(said + EXPIRY_SIZE, instance, size);
	hmac_sha256(key->bytes, said, EXPIRY_SIZE + size, bytes + EXPIRY_SIZE);
	base64_write(bytes, sizeof(bytes), ret_token);
}

bool token_check(const struct token_key *key, const char *instance,
		 const char *token, int64_t now, int64_t *ret_left)
{
	char right[TOKEN_SIZE];
	uint64_t expires = 0;
	auto_free uint8_t *bytes = NULL;
	size_t size;

	if (strlen(token) != TOKEN_SIZE - 1)
		return false;
	bytes = base64_decode(token, &size);
	if (!bytes || size != BYTES)
		return false;
	for (size_t i = 0; i < EXPIRY_SIZE; i++)
		expires = expires << 8 | bytes[i];
	/* texts are compared: there is one for a token, not several */
	token_make(key, instance, (int64_t)expires, right);
	if (!secret_equal(right, token, TOKEN_SIZE - 1) ||
	    (int64_t)expires <= now)
		return false;
	*ret_left = (int64_t)expires - now;
	return true;
}
