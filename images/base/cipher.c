/* cipher.c - a key sealed under another key; and any bytes
 *
 * A nonce of 96 random bits is drawn for each sealing: a key seals far fewer
 * than the 2^32 others that GCM allows for such nonces.
 */
#include "images/base/cipher.h"

#include <openssl/evp.h>
#include <string.h>

#include "images/base/id.h"

#define BYTES_MOST (1U << 30) /* EVP counts in ints */

/* Begins one way or the other, with the nonce and what it is about. */
static bool begin(EVP_CIPHER_CTX *context, const struct secret *key,
		  const uint8_t *nonce, const char *about, int seal)
{
	int size;

	return context &&
	       EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes,
				 nonce, seal) == 1 &&
	       EVP_CipherUpdate(context, NULL, &size,
				(const unsigned char *)about,
				(int)strlen(about)) == 1;
}

bool cipher_seal_bytes(const struct secret *key, const void *plain, size_t size,
		       const char *about, uint8_t *ret_sealed,
		       struct error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *text = ret_sealed + CIPHER_NONCE;
	int done_size;
	bool done;

	random_bytes(ret_sealed, CIPHER_NONCE);
	done = size <= BYTES_MOST &&
	       begin(context, key, ret_sealed, about, 1) &&
	       EVP_CipherUpdate(context, text, &done_size, plain, (int)size) ==
		       1 &&
	       EVP_CipherFinal_ex(context, text + size, &done_size) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, CIPHER_TAG,
				   text + size) == 1;
	EVP_CIPHER_CTX_free(context); /* forgets its key */
	return done || fail(err, FAULT_INTERNAL, "cannot seal %zu bytes", size);
}

bool cipher_open_bytes(const struct secret *key, const uint8_t *sealed,
		       size_t size, const char *about, void *ret_plain)
{
	EVP_CIPHER_CTX *context = NULL;
	uint8_t tag[CIPHER_TAG], *plain = ret_plain;
	size_t plain_size = size - CIPHER_EXTRA;
	int done_size;
	bool done;

	if (size < CIPHER_EXTRA || plain_size > BYTES_MOST)
		return false;
	context = EVP_CIPHER_CTX_new();
	memcpy(tag, sealed + CIPHER_NONCE + plain_size, CIPHER_TAG);
	done = begin(context, key, sealed, about, 0) &&
	       EVP_CipherUpdate(context, plain, &done_size,
				sealed + CIPHER_NONCE, (int)plain_size) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, CIPHER_TAG,
				   tag) == 1 &&
	       EVP_CipherFinal_ex(context, plain + plain_size, &done_size) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!done)
		secret_forget(plain, plain_size);
	return done;
}

bool cipher_seal(const struct secret *key, const struct secret *plain,
		 const char *about, struct sealed_key *ret_sealed,
		 struct error *err)
{
	return cipher_seal_bytes(key, plain->bytes, SECRET_SIZE, about,
				 ret_sealed->bytes, err);
}

bool cipher_open(const struct secret *key, const struct sealed_key *sealed,
		 const char *about, struct secret *ret_plain)
{
	auto_secret plain;

	if (!cipher_open_bytes(key, sealed->bytes, SEALED_KEY_SIZE, about,
			       plain.bytes))
		return false;
	*ret_plain = plain;
	return true;
}
