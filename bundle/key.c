/* key.c - RSA and the bundle's secret, by OpenSSL */
#include "bundle/key.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/key-private.h"
#include "images/base/file.h"
#include "images/base/hex.h"
#include "images/base/id.h"

#define FILE_MOST (1 << 20)
#define BITS_LEAST 768 /* of bundles from 2008 */
#define BITS_MOST 4096
#define DIGITS 32 /* of an AES key or IV */

/* Nobody is ever asked for a pass phrase; that one is wanted is noted. */
static int pass_phrase(char *text, int size, int writing, void *data)
{
	bool *wanted = data;

	(void)text;
	(void)size;
	(void)writing;
	*wanted = true;
	return -1;
}

/* Makes a struct of OpenSSL's key, which it owns from here on. */
static bool adopt(EVP_PKEY *key, const char *path, struct rsa **ret_key,
		  struct error *err)
{
	struct rsa *rsa = calloc(1, sizeof(*rsa));

	if (!rsa) {
		EVP_PKEY_free(key);
		return fail_memory(err);
	}
	rsa->key = key;
	if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) < BITS_LEAST ||
	    EVP_PKEY_get_bits(key) > BITS_MOST) {
		rsa_free(rsa);
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s is no RSA key of %d to %d bits", path,
			    BITS_LEAST, BITS_MOST);
	}
	*ret_key = rsa;
	return true;
}

static BIO *pem_open(const char *path, struct buf *text, struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	BIO *bio;

	if (fd < 0) {
		/* whoever named it is at fault, not this host */
		fail(err, FAULT_INVALID_PARAMETER, "cannot open %.100s: %m",
		     path);
		return NULL;
	}
	if (!file_read_fd(fd, path, FILE_MOST, text, err))
		return NULL;
	bio = BIO_new_mem_buf(buf_text(text), (int)text->size);
	if (!bio)
		fail_memory(err);
	return bio;
}

bool rsa_read_private(const char *path, struct rsa **ret_key, struct error *err)
{
	auto_secret text = BUF_INIT;
	auto_of(bio_st) bio = pem_open(path, &text, err);
	bool wanted = false;
	EVP_PKEY *key;

	if (!bio)
		return false;
	key = PEM_read_bio_PrivateKey(bio, NULL, pass_phrase, &wanted);
	ERR_clear_error();
	if (!key)
		return fail(err, FAULT_INVALID_PARAMETER,
			    wanted ? "%s is under a pass phrase: take it off"
				     " with openssl pkey" :
				     "%s is no PEM private key",
			    path);
	return adopt(key, path, ret_key, err);
}

/* The public key of a certificate, or one that stands alone. */
static EVP_PKEY *public_read(BIO *bio)
{
	bool wanted = false;
	auto_of(x509_st)
		x509 = PEM_read_bio_X509_AUX(bio, NULL, pass_phrase, &wanted);

	if (x509)
		return X509_get_pubkey(x509);
	if (BIO_reset(bio) != 1)
		return NULL;
	return PEM_read_bio_PUBKEY(bio, NULL, pass_phrase, &wanted);
}

bool rsa_read_certificate(const char *path, struct rsa **ret_key,
			  struct error *err)
{
	auto_buf text = BUF_INIT;
	auto_of(bio_st) bio = pem_open(path, &text, err);
	EVP_PKEY *key;

	if (!bio)
		return false;
	key = public_read(bio);
	ERR_clear_error();
	if (!key)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s is no PEM certificate or public key", path);
	return adopt(key, path, ret_key, err);
}

void rsa_free(struct rsa *key)
{
	if (key)
		EVP_PKEY_free(key->key);
	free(key);
}

/* What OpenSSL could not do, without a word on any secret. */
static bool fail_ssl(const char *what, struct error *err)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return fail(err, FAULT_HOST, "OpenSSL cannot %s: %s", what,
		    why ? why : "it does not say why");
}

#define NO_SHA1 \
	" (where a policy forbids SHA-1, allow it: bundles know no other)"

bool rsa_sign_sha1(const struct rsa *key, const void *data, size_t size,
		   struct buf *ret_hex, struct error *err)
{
	auto_of(evp_md_ctx_st) digest = EVP_MD_CTX_new();
	uint8_t signature[BITS_MOST / 8];
	char text[2 * sizeof(signature) + 1];
	size_t length = sizeof(signature);

	if (!digest ||
	    EVP_DigestSignInit(digest, NULL, EVP_sha1(), NULL, key->key) != 1 ||
	    EVP_DigestSign(digest, signature, &length, data, size) != 1)
		return fail_ssl("sign by RSA and SHA-1" NO_SHA1, err);
	hex_write(signature, length, text);
	buf_str(ret_hex, text);
	return !ret_hex->broken || fail_memory(err);
}

bool rsa_verify_sha1(const struct rsa *key, const void *data, size_t size,
		     const char *hex, struct error *err)
{
	auto_of(evp_md_ctx_st) digest = EVP_MD_CTX_new();
	uint8_t signature[BITS_MOST / 8];
	size_t length = (size_t)EVP_PKEY_get_size(key->key);
	int right;

	if (!digest ||
	    EVP_DigestVerifyInit(digest, NULL, EVP_sha1(), NULL, key->key) != 1)
		return fail_ssl("verify by RSA and SHA-1" NO_SHA1, err);
	right = hex_read(hex, signature, length) ?
			EVP_DigestVerify(digest, signature, length, data,
					 size) :
			0;
	ERR_clear_error();
	return right == 1 ||
	       fail(err, FAULT_INVALID_MANIFEST,
		    "the signature was not made with this key, or what it"
		    " covers was changed");
}

bool manifest_verify(const struct manifest *manifest,
		     const struct buf *signed_text, const struct rsa *key,
		     struct error *err)
{
	if (!manifest->signature || !*manifest->signature)
		return fail(err, FAULT_INVALID_MANIFEST,
			    "the manifest is not signed");
	return rsa_verify_sha1(key, buf_text(signed_text), signed_text->size,
			       manifest->signature, err);
}

void bundle_key_make(struct bundle_key *ret_key)
{
	random_bytes(ret_key, sizeof(*ret_key));
}

static EVP_PKEY_CTX *context_new(const struct rsa *key,
				 int (*init)(EVP_PKEY_CTX *context))
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->key, NULL);

	if (context && init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

/* 16 bytes, as digits, under a public key, as digits. */
static bool wrap(const uint8_t secret[16], const struct rsa *reader,
		 struct arena *arena, const char **ret_hex, struct error *err)
{
	auto_of(evp_pkey_ctx_st)
		context = context_new(reader, EVP_PKEY_encrypt_init);
	uint8_t answer[BITS_MOST / 8];
	size_t size = sizeof(answer);
	char digits[DIGITS + 1], *hex;
	int done;

	hex_write(secret, 16, digits);
	done = context ? EVP_PKEY_encrypt(context, answer, &size,
					  (const uint8_t *)digits, DIGITS) :
			 0;
	OPENSSL_cleanse(digits, sizeof(digits));
	if (done != 1)
		return fail_ssl("encrypt a bundle's key", err);
	hex = arena_alloc(arena, 2 * size + 1);
	if (!hex)
		return fail_memory(err);
	hex_write(answer, size, hex);
	*ret_hex = hex;
	return true;
}

bool bundle_key_wrap(const struct bundle_key *secret, const struct rsa *reader,
		     struct arena *arena, const char **ret_key,
		     const char **ret_iv, struct error *err)
{
	const char *key, *iv;

	if (!wrap(secret->key, reader, arena, &key, err) ||
	    !wrap(secret->iv, reader, arena, &iv, err))
		return false;
	*ret_key = key;
	*ret_iv = iv;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Digits out of a decrypted text, with blanks around them; how many there
 * were, 0 when it is anything else. Fewer than all are followed by zeros, as
 * openssl's command has it. */
static size_t digits_read(char *text, size_t size, uint8_t ret_secret[16])
{
	char digits[DIGITS + 1];
	size_t count, got = 0;

	while (size && is_blank(*text))
		text++, size--;
	while (size && is_blank(text[size - 1]))
		size--;
	if (size && size <= DIGITS) {
		memset(digits, '0', DIGITS);
		memcpy(digits, text, size);
		digits[DIGITS] = 0;
		count = strlen(digits);
		if (count == DIGITS && hex_read(digits, ret_secret, 16))
			got = size;
	}
	OPENSSL_cleanse(digits, sizeof(digits));
	return got;
}

/* How many digits of a secret one wrapped copy gives; 0 for a copy that is
 * under another key, missing or broken. */
static size_t unwrap(const char *hex, const struct rsa *key,
		     uint8_t ret_secret[16])
{
	auto_of(evp_pkey_ctx_st) context = NULL;
	uint8_t wrapped[BITS_MOST / 8], text[BITS_MOST / 8];
	size_t length = (size_t)EVP_PKEY_get_size(key->key);
	size_t size = sizeof(text), got = 0;

	if (!hex || !hex_read(hex, wrapped, length))
		return 0;
	context = context_new(key, EVP_PKEY_decrypt_init);
	if (context &&
	    EVP_PKEY_decrypt(context, text, &size, wrapped, length) == 1)
		got = digits_read((char *)text, size, ret_secret);
	ERR_clear_error();
	OPENSSL_cleanse(text, sizeof(text));
	return got;
}

/* One of two copies. What a wrong key makes of a copy can be a few digits by
 * accident, but not 32 of them: those win. */
static bool unwrap_any(const char *user, const char *ec2, const struct rsa *key,
		       uint8_t ret_secret[16])
{
	uint8_t first[16], second[16];
	size_t user_digits = unwrap(user, key, first);
	size_t ec2_digits = 0;

	if (user_digits < DIGITS)
		ec2_digits = unwrap(ec2, key, second);
	if (user_digits && ec2_digits < DIGITS)
		memcpy(ret_secret, first, 16);
	else if (ec2_digits)
		memcpy(ret_secret, second, 16);
	OPENSSL_cleanse(first, sizeof(first));
	OPENSSL_cleanse(second, sizeof(second));
	return user_digits || ec2_digits;
}

bool bundle_key_unwrap(const struct manifest *manifest, const struct rsa *key,
		       struct bundle_key *ret_key, struct error *err)
{
	struct bundle_key secret;

	if (!unwrap_any(manifest->user_key, manifest->ec2_key, key,
			secret.key) ||
	    !unwrap_any(manifest->user_iv, manifest->ec2_iv, key, secret.iv))
		return fail(err, FAULT_AUTH_FAILURE,
			    "this private key does not open the bundle");
	*ret_key = secret;
	OPENSSL_cleanse(&secret, sizeof(secret));
	return true;
}
