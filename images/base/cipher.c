/* cipher.c - a key sealed under another key
 *
 * A nonce of 96 random bits is drawn for each sealing: a key seals far fewer
 * than the 2^32 others that GCM allows for such nonces.
 */
#include "images/base/cipher.h"

#include <openssl/evp.h>
#include <string.h>

#include "images/base/id.h"

#define NONCE 12
#define TAG 16

/* Begins one way or the other, with the nonce and what it is about. */
static bool begin(EVP_CIPHER_CTX *context, const struct secret *key,
		  const struct sealed_key *sealed, const char *about, int seal)
{
	int size;

	return context &&
	       EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key->bytes,
				 sealed->bytes, seal) == 1 &&
	       EVP_CipherUpdate(context, NULL, &size,
				(const unsigned char *)about,
				(int)strlen(about)) == 1;
}

bool cipher_seal(const struct secret *key, const struct secret *plain,
		 const char *about, struct sealed_key *ret_sealed,
		 struct error *err)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t *text = ret_sealed->bytes + NONCE;
	int size;
	bool done;

	random_bytes(ret_sealed->bytes, NONCE);
	done = begin(context, key, ret_sealed, about, 1) &&
	       EVP_CipherUpdate(context, text, &size, plain->bytes,
				SECRET_SIZE) == 1 &&
	       EVP_CipherFinal_ex(context, text + SECRET_SIZE, &size) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG,
				   text + SECRET_SIZE) == 1;
	EVP_CIPHER_CTX_free(context); /* forgets its key */
	return done || fail(err, FAULT_INTERNAL, "cannot seal a key");
}

bool cipher_open(const struct secret *key, const struct sealed_key *sealed,
		 const char *about, struct secret *ret_plain)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t tag[TAG];
	auto_secret plain;
	int size;
	bool done;

	memcpy(tag, sealed->bytes + NONCE + SECRET_SIZE, TAG);
	done = begin(context, key, sealed, about, 0) &&
	       EVP_CipherUpdate(context, plain.bytes, &size,
				sealed->bytes + NONCE, SECRET_SIZE) == 1 &&
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) ==
		       1 &&
	       EVP_CipherFinal_ex(context, plain.bytes + SECRET_SIZE, &size) ==
		       1;
	EVP_CIPHER_CTX_free(context);
	if (done)
		*ret_plain = plain;
	return done;
}
