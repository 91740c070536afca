/* digest.c - known answers, round trips, and texts that are not base64 */
#include "images/base/digest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"

/* RFC 4648, section 10. */
static const char *const pairs[][2] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static const char *const bad[] = {
	"Z",
	"Zg",
	"Zg=",
	"Zg===",
	"=",
	"====",
	"Z===",
	"Zg==Zg==",
	"=Zg=",
	"Zm9v!",
	"Zm9vZm9!",
	"Zm9v----",
	"Zm-v",
	"Zm_v",
	"----",
	"Zm9v\177\177\177\177",
	"Zm9v\303\244\303\244",
	"Zm9v\v\v\v\v",
};

static void test_sha256(void)
{
	char text[SHA256_TEXT_SIZE];

	sha256_text("", 0, text);
	assert(strcmp(text, "e3b0c44298fc1c149afbf4c8996fb924"
			    "27ae41e4649b934ca495991b7852b855") == 0);
	sha256_text("abc", 3, text);
	assert(strcmp(text, "ba7816bf8f01cfea414140de5dae2223"
			    "b00361a396177a9cb410ff61f20015ad") == 0);
}

static void test_known(void)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		auto_free char *text =
			base64_encode(pairs[i][0], strlen(pairs[i][0]));
		size_t size = 99;
		auto_free char *data = base64_decode(pairs[i][1], &size);

		assert(text && strcmp(text, pairs[i][1]) == 0);
		assert(data && size == strlen(pairs[i][0]));
		assert(strcmp(data, pairs[i][0]) == 0);
	}
}

static void test_round_trip(void)
{
	unsigned char bytes[1000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31 + i / 256);
	for (size_t size = 0; size < sizeof(bytes); size++) {
		auto_free char *text = base64_encode(bytes, size);
		size_t got = 0;
		auto_free unsigned char *data =
			text ? base64_decode(text, &got) : NULL;

		assert(text && !strchr(text, '\n'));
		assert(data && got == size);
		assert(memcmp(data, bytes, size) == 0 && data[size] == 0);
	}
}

static void test_texts(void)
{
	size_t size;
	auto_free char *data = base64_decode(" Zm9v\r\n\tYmFy \n", &size);

	assert(data && size == 6 && strcmp(data, "foobar") == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		printf("%s\n", bad[i]);
		fflush(stdout);
		assert(!base64_decode(bad[i], &size));
	}
}

/* RFC 4231's first case, with the key filled up to 32 bytes, as HMAC does. */
static void test_hmac(void)
{
	static const unsigned char wanted[] = {
		0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53
	};
	uint8_t key[SHA256_SIZE] = { 0 }, mac[SHA256_SIZE];
	char text[4 * 11 + 1];

	memset(key, 0x0b, 20);
	hmac_sha256(key, "Hi There", 8, mac);
	assert(memcmp(mac, wanted, sizeof(wanted)) == 0);
	assert(secret_equal(mac, wanted, sizeof(wanted)));
	mac[7] ^= 1;
	assert(!secret_equal(mac, wanted, sizeof(wanted)));
	base64_write("foobar", 6, text);
	assert(strcmp(text, "Zm9vYmFy") == 0);
	sha256("abc", 3, mac);
	assert(mac[0] == 0xba && mac[31] == 0xad);
}

int main(void)
{
	test_sha256();
	test_hmac();
	test_known();
	test_round_trip();
	test_texts();
	return 0;
}
