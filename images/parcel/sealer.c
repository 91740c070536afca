/* sealer.c - AES-256-GCM, block by block
 *
 * No nonce is drawn: the key is one parcel's alone, in which there is one block
 * of each number. So a block opens in its own place of its own parcel only.
 */
#include <stdlib.h>
#include <string.h>

#include "images/parcel/parcel-private.h"

#define ABOUT "qami parcel"
#define NONCE_SIZE 12

struct sealer {
	EVP_CIPHER_CTX *cipher;
	struct secret key;
};

bool sealer_open(const struct secret *key, const uint8_t salt[SALT_SIZE],
		 struct sealer **ret_sealer, struct error *err)
{
	uint8_t about[sizeof(ABOUT) - 1 + SALT_SIZE];
	struct sealer *sealer = calloc(1, sizeof(*sealer));

	if (!sealer)
		return fail_memory(err);
	secret_guard(sealer, sizeof(*sealer));
	sealer->cipher = EVP_CIPHER_CTX_new();
	if (!sealer->cipher) {
		sealer_free(sealer);
		return fail_memory(err);
	}
	memcpy(about, ABOUT, sizeof(ABOUT) - 1);
	memcpy(about + sizeof(ABOUT) - 1, salt, SALT_SIZE);
	hmac_sha256(key->bytes, about, sizeof(about), sealer->key.bytes);
	*ret_sealer = sealer;
	return true;
}

void sealer_free(struct sealer *sealer)
{
	if (!sealer)
		return;
	EVP_CIPHER_CTX_free(sealer->cipher);
	secret_forget(sealer, sizeof(*sealer));
	free(sealer);
}

static void name_block(uint32_t disk, uint64_t number,
		       uint8_t ret_nonce[NONCE_SIZE])
{
	put32(ret_nonce, disk);
	put64(ret_nonce + 4, number);
}

size_t sealer_seal(struct sealer *sealer, uint32_t disk, uint64_t number,
		   const uint8_t *data, size_t size, uint8_t *ret_data)
{
	EVP_CIPHER_CTX *cipher = sealer->cipher;
	uint8_t nonce[NONCE_SIZE];
	int length;

	name_block(disk, number, nonce);
	return EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL,
				  sealer->key.bytes, nonce) &&
			       EVP_EncryptUpdate(cipher, NULL, &length, nonce,
						 sizeof(nonce)) &&
			       EVP_EncryptUpdate(cipher, ret_data, &length,
						 data, (int)size) &&
			       EVP_EncryptFinal_ex(cipher, ret_data + length,
						   &length) &&
			       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG,
						   TAG_SIZE, ret_data + size) ?
		       size + TAG_SIZE :
		       0;
}

bool sealer_unseal(struct sealer *sealer, uint32_t disk, uint64_t number,
		   const uint8_t *data, size_t size, uint8_t *ret_data)
{
	EVP_CIPHER_CTX *cipher = sealer->cipher;
	uint8_t nonce[NONCE_SIZE], tag[TAG_SIZE];
	int length;

	if (size < TAG_SIZE)
		return false;
	size -= TAG_SIZE;
	memcpy(tag, data + size, TAG_SIZE);
	name_block(disk, number, nonce);
	return EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL,
				  sealer->key.bytes, nonce) &&
	       EVP_DecryptUpdate(cipher, NULL, &length, nonce, sizeof(nonce)) &&
	       EVP_DecryptUpdate(cipher, ret_data, &length, data, (int)size) &&
	       EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_SIZE,
				   tag) &&
	       EVP_DecryptFinal_ex(cipher, ret_data + length, &length) > 0;
}
