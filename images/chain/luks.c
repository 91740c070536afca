/* luks.c - writing a LUKS header (version 1, aes-xts-plain64, sha256)
 *
 * `qemu-img create` would do as well, thirty times as slowly: to make a guess
 * at a passphrase expensive it hashes for as long as it is told, and each
 * opening of the layer does so again. Our passphrases are 256 random bits,
 * which nobody guesses, so that the fewest iterations will do; a chain of
 * thirty layers opens in a fraction of a second. Each layer has a master key of
 * its own.
 */
#include "images/chain/luks.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/id.h"
#include "images/chain/chain-private.h"
#include "images/chain/qcow2.h"

#define SECTOR_SIZE 512
#define ITERATIONS 1000 /* QEMU's least */
#define KEY_SIZE 64	/* of AES-256-XTS, which has two */
#define DIGEST_SIZE 20
#define SALT_SIZE 32
#define STRIPES 4000
#define SLOTS 8
#define SLOT_BYTES (KEY_SIZE * STRIPES)
#define SLOT_SECTORS 504 /* rounded up to 4 KiB */
#define SLOTS_AT 8	 /* sectors */

#define SLOT_ENABLED 0x00ac71f3U
#define SLOT_DISABLED 0x0000deadU

/* Offsets in the header; every number is big-endian. */
enum {
	AT_VERSION = 6,
	AT_CIPHER = 8,
	AT_MODE = 40,
	AT_HASH = 72,
	AT_PAYLOAD = 104,
	AT_KEY_SIZE = 108,
	AT_DIGEST = 112,
	AT_DIGEST_SALT = 132,
	AT_DIGEST_ITERATIONS = 164,
	AT_UUID = 168,
	AT_SLOTS = 208,
	SLOT_SIZE = 48,
	HEADER_SIZE = AT_SLOTS + SLOTS * SLOT_SIZE,
};

/* Offsets in a slot. */
enum {
	SLOT_ITERATIONS = 4,
	SLOT_SALT = 8,
	SLOT_OFFSET = 40,
	SLOT_STRIPES = 44
};

_Static_assert((SLOTS_AT + SLOTS * SLOT_SECTORS) * SECTOR_SIZE == LUKS_BYTES,
	       "what is behind the last slot is no longer the header's");
_Static_assert(SLOT_BYTES <= SLOT_SECTORS * SECTOR_SIZE, "a slot has room");

/* What must not stay in memory. */
struct work {
	EVP_MD_CTX *digest; /* SHA-256; to find that anew for each of thousands
			     * takes ten times as long as they do */
	uint8_t master[KEY_SIZE];
	uint8_t slot_key[KEY_SIZE];
	uint8_t mixed[KEY_SIZE];
	uint8_t split[SLOT_BYTES];
};

static void work_free(struct work **work)
{
	if (*work) {
		EVP_MD_CTX_free((*work)->digest);
		OPENSSL_cleanse(*work, sizeof(**work));
	}
	free(*work);
}

/* Spreads each bit of what was mixed over all of a hash-sized piece of it. */
static bool diffuse(struct work *work)
{
	bool done = true;

	for (uint32_t i = 0; done && i < KEY_SIZE / SHA256_DIGEST_LENGTH; i++) {
		uint8_t *piece = work->mixed + i * SHA256_DIGEST_LENGTH;
		uint8_t number[4];

		put32(number, i);
		done = EVP_DigestInit_ex(work->digest, NULL, NULL) &&
		       EVP_DigestUpdate(work->digest, number, sizeof(number)) &&
		       EVP_DigestUpdate(work->digest, piece,
					SHA256_DIGEST_LENGTH) &&
		       EVP_DigestFinal_ex(work->digest, piece, NULL);
	}
	return done;
}

static void mix(uint8_t into[KEY_SIZE], const uint8_t with[KEY_SIZE])
{
	for (size_t i = 0; i < KEY_SIZE; i++)
		into[i] ^= with[i];
}

/* Splits the master key so that all stripes are needed to have it again. */
static bool split(struct work *work)
{
	uint8_t *last = work->split + SLOT_BYTES - KEY_SIZE;
	bool done;

	work->digest = EVP_MD_CTX_new();
	done = work->digest &&
	       EVP_DigestInit_ex(work->digest, EVP_sha256(), NULL);
	random_bytes(work->split, SLOT_BYTES - KEY_SIZE);
	memset(work->mixed, 0, KEY_SIZE);
	for (const uint8_t *at = work->split; done && at < last;
	     at += KEY_SIZE) {
		mix(work->mixed, at);
		done = diffuse(work);
	}
	memcpy(last, work->master, KEY_SIZE);
	mix(last, work->mixed);
	return done;
}

/* Encrypts what a slot holds, sector by sector, in place. */
static bool encrypt(struct work *work)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	bool done = cipher && EVP_EncryptInit_ex(cipher, EVP_aes_256_xts(),
						 NULL, work->slot_key, NULL);

	for (uint64_t i = 0; done && i < SLOT_BYTES / SECTOR_SIZE; i++) {
		uint64_t counter[2] = { htole64(i), 0 };
		uint8_t *at = work->split + i * SECTOR_SIZE;
		int size;

		done = EVP_EncryptInit_ex(cipher, NULL, NULL, NULL,
					  (const uint8_t *)counter) &&
		       EVP_EncryptUpdate(cipher, at, &size, at, SECTOR_SIZE);
	}
	EVP_CIPHER_CTX_free(cipher);
	return done;
}

static bool derive(const void *from, size_t size, const uint8_t *salt,
		   uint8_t *ret_key, int key_size)
{
	return PKCS5_PBKDF2_HMAC(from, (int)size, salt, SALT_SIZE, ITERATIONS,
				 EVP_sha256(), key_size, ret_key) == 1;
}

static void put_text(uint8_t *at, const char *text)
{
	memcpy(at, text, strlen(text));
}

/* All of the header but what is derived from keys. */
static void put_header(uint8_t header[HEADER_SIZE])
{
	char uuid[UUID_SIZE];

	uuid_new(uuid);
	put_text(header, "LUKS\xba\xbe");
	put16(header + AT_VERSION, 1);
	put_text(header + AT_CIPHER, "aes");
	put_text(header + AT_MODE, "xts-plain64");
	put_text(header + AT_HASH, "sha256");
	put32(header + AT_PAYLOAD, LUKS_BYTES / SECTOR_SIZE);
	put32(header + AT_KEY_SIZE, KEY_SIZE);
	random_bytes(header + AT_DIGEST_SALT, SALT_SIZE);
	put32(header + AT_DIGEST_ITERATIONS, ITERATIONS);
	put_text(header + AT_UUID, uuid);
	for (uint32_t i = 0; i < SLOTS; i++) {
		uint8_t *slot = header + AT_SLOTS + i * SLOT_SIZE;

		put32(slot, i ? SLOT_DISABLED : SLOT_ENABLED);
		put32(slot + SLOT_OFFSET, SLOTS_AT + i * SLOT_SECTORS);
		put32(slot + SLOT_STRIPES, STRIPES);
	}
	put32(header + AT_SLOTS + SLOT_ITERATIONS, ITERATIONS);
	random_bytes(header + AT_SLOTS + SLOT_SALT, SALT_SIZE);
}

bool luks_write(int fd, uint64_t offset, const struct layer_secret *secret,
		struct error *err)
{
	__attribute__((cleanup(work_free))) struct work *work =
		malloc(sizeof(*work));
	uint8_t header[HEADER_SIZE] = { 0 };

	if (!work)
		return fail_memory(err);
	work->digest = NULL;
	put_header(header);
	random_bytes(work->master, KEY_SIZE);
	if (!split(work) ||
	    !derive(work->master, KEY_SIZE, header + AT_DIGEST_SALT,
		    header + AT_DIGEST, DIGEST_SIZE) ||
	    !derive(secret->text, strlen(secret->text),
		    header + AT_SLOTS + SLOT_SALT, work->slot_key, KEY_SIZE) ||
	    !encrypt(work))
		return fail(err, FAULT_INTERNAL,
			    "cannot encrypt the key of the layer");
	return layer_write(fd, header, sizeof(header), offset, err) &&
	       layer_write(fd, work->split, SLOT_BYTES,
			   offset + SLOTS_AT * SECTOR_SIZE, err);
}
