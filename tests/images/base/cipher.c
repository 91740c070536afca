/* cipher.c - a sealed key opens with what it was sealed with, unaltered */
#include "images/base/cipher.h"

#include <assert.h>
#include <string.h>

#include "images/base/id.h"

static void draw(struct secret *key)
{
	random_bytes(key->bytes, sizeof(key->bytes));
}

/* Nothing but the very bytes opens, and what does not leaves nothing. */
static void test_altered(const struct secret *key, const struct secret *plain,
			 const struct sealed_key *sealed)
{
	struct secret got;

	for (size_t bit = 0; bit < 8 * sizeof(sealed->bytes); bit++) {
		struct sealed_key altered = *sealed;

		altered.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(&got, 7, sizeof(got));
		assert(!cipher_open(key, &altered, "about", &got));
		assert(memchr(got.bytes, 7, 1) &&
		       memcmp(&got, plain, sizeof(got)) != 0);
	}
	for (size_t bit = 0; bit < 8 * sizeof(key->bytes); bit++) {
		struct secret other = *key;

		other.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert(!cipher_open(&other, sealed, "about", &got));
	}
}

/* Any bytes, none among them: what does not open leaves nothing behind. */
static void test_bytes(const struct secret *key)
{
	uint8_t plain[100], sealed[sizeof(plain) + CIPHER_EXTRA], got[100];
	struct error err = { 0 };

	random_bytes(plain, sizeof(plain));
	for (size_t size = 0; size <= sizeof(plain); size++) {
		assert(cipher_seal_bytes(key, plain, size, "x", sealed, &err));
		assert(cipher_open_bytes(key, sealed, size + CIPHER_EXTRA, "x",
					 got));
		assert(memcmp(got, plain, size) == 0);
		assert(!cipher_open_bytes(key, sealed, size + CIPHER_EXTRA, "y",
					  got));
		assert(!size || memcmp(got, plain, size) != 0);
		for (size_t cut = 0; cut < size + CIPHER_EXTRA; cut++)
			assert(!cipher_open_bytes(key, sealed, cut, "x", got));
	}
}

int main(void)
{
	static const struct sealed_key zeroes;
	struct error err = { 0 };
	struct secret key, plain, got;
	struct sealed_key sealed, again;

	draw(&key);
	draw(&plain);
	assert(cipher_seal(&key, &plain, "about", &sealed, &err));
	assert(cipher_open(&key, &sealed, "about", &got));
	assert(memcmp(&got, &plain, sizeof(got)) == 0);
	assert(!memmem(sealed.bytes, sizeof(sealed.bytes), plain.bytes, 8));

	/* about something else, and about nothing */
	assert(!cipher_open(&key, &sealed, "abouT", &got));
	assert(!cipher_open(&key, &sealed, "about ", &got));
	assert(!cipher_open(&key, &sealed, "", &got));
	assert(!cipher_open(&key, &zeroes, "about", &got));
	test_altered(&key, &plain, &sealed);

	test_bytes(&key);

	/* never the same bytes twice */
	assert(cipher_seal(&key, &plain, "about", &again, &err));
	assert(memcmp(&sealed, &again, sizeof(again)) != 0);
	assert(memcmp(&sealed, &again, 12) != 0);
	return 0;
}
