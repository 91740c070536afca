/* sshkey.c - public keys are hostile until they are understood
 *
 * Every byte of each form is taken away, changed and doubled: what is read is
 * a key that reads again as itself, or one of two faults.
 */
#include "images/sshkey.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/digest.h"

static const char *const kinds[] = { "rsa", "ed25519" };

/* Reads it if it can be read, and what was made of it once more. */
static bool take_in(const char *text, size_t size)
{
	auto_of(arena) arena = arena_new();
	struct error err = { 0 };
	struct sshkey key, again;

	assert(arena);
	if (!sshkey_read(text, size, arena, &key, &err)) {
		assert(err.fault == FAULT_KEY_FORMAT ||
		       err.fault == FAULT_KEY_PAIR_FORMAT);
		assert(size < 20 || !strstr(err.text, "AAAA"));
		return false;
	}
	assert(strspn(key.line,
		      "abcdefghijklmnopqrstuvwxyz-0123456789 /+="
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(key.line));
	assert(sshkey_read(key.line, strlen(key.line), arena, &again, &err));
	assert(strcmp(key.line, again.line) == 0 &&
	       strcmp(key.type, again.type) == 0 &&
	       strcmp(key.fingerprint, again.fingerprint) == 0);
	return true;
}

static void mutate(const char *text)
{
	static const char others[] = { 0, ' ', '\n', ':', '=', 'A', '\377' };
	size_t size = strlen(text);

	assert(take_in(text, size));
	for (size_t at = 0; at < size; at++) {
		auto_free char *copy = strdup(text);

		assert(copy);
		take_in(text, at);
		take_in(text + at, size - at);
		for (size_t i = 0; i < sizeof(others); i++) {
			copy[at] = others[i];
			take_in(copy, size);
		}
		memmove(copy + at, text + at + 1, size - at - 1);
		take_in(copy, size - 1);
	}
}

/* The bytes below the base64 change as well. */
static void mutate_bits(const char *name, const unsigned char *blob,
			size_t size)
{
	auto_free unsigned char *copy = malloc(size);

	assert(copy);
	for (size_t at = 0; at < size; at++)
		for (unsigned bit = 0; bit < 8; bit += at < 24 ? 1 : 7) {
			auto_free char *base64 = NULL;
			auto_free char *line = NULL;

			memcpy(copy, blob, size);
			copy[at] ^= (unsigned char)(1 << bit);
			base64 = base64_encode(copy, size);
			line = format_text("%s%s%s", name, *name ? " " : "",
					   base64);
			assert(base64 && line);
			take_in(line, strlen(line));
		}
}

/* DER in base64, with OpenSSL's word for what it is. */
static void mutate_der(void)
{
	EVP_PKEY *keys[] = { EVP_RSA_gen(1024),
			     EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };

	for (size_t i = 0; i < 2; i++) {
		unsigned char *der = NULL;
		int size = i2d_PUBKEY(keys[i], &der);
		auto_free char *base64 = NULL;

		assert(size > 0);
		base64 = base64_encode(der, (size_t)size);
		assert(base64);
		mutate(base64);
		mutate_bits("", der, (size_t)size);
		OPENSSL_free(der);
		EVP_PKEY_free(keys[i]);
	}
}

/* A key in both of SSH's forms. */
static void forms(const char *line)
{
	const char *space = strchr(line, ' ');
	auto_free char *name = strndup(line, (size_t)(space - line));
	auto_free char *file = format_text("---- BEGIN SSH2 PUBLIC KEY ----\n"
					   "Comment: \"a \\\nb\"\n%s\n"
					   "---- END SSH2 PUBLIC KEY ----\n",
					   space + 1);
	size_t size;
	auto_free unsigned char *blob = base64_decode(space + 1, &size);

	assert(name && file && blob);
	mutate(line);
	mutate(file);
	mutate_bits(name, blob, size);
}

int main(void)
{
	for (size_t i = 0; i < 2; i++) {
		auto_of(arena) arena = arena_new();
		auto_sshkey_secret secret = { 0 };
		struct error err = { 0 };
		struct sshkey key;

		assert(arena &&
		       sshkey_make(kinds[i], arena, &key, &secret, &err));
		assert(strcmp(key.type, kinds[i]) == 0);
		assert(strstr(secret.text, "PRIVATE KEY"));
		assert(!take_in(secret.text, strlen(secret.text)));
		forms(key.line);
		sshkey_secret_done(&secret);
		assert(!secret.text);
	}
	mutate_der();
	return 0;
}
