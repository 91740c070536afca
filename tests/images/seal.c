/* seal.c - a sealed number opens for who it was made for, and nobody makes one
 */
#include "images/seal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NOW (1000 * USEC_PER_SEC)
#define END (2000 * USEC_PER_SEC)

static void test_round_trip(const struct seal *seal)
{
	static const uint64_t numbers[] = { 0, 1, 204799, UINT64_MAX };
	char token[SEAL_SIZE];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t number = 42;

		seal_close(seal, numbers[i], END, "block a b", token);
		assert(strlen(token) == SEAL_SIZE - 1);
		assert(strspn(token,
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
			      "pqrstuvwxyz0123456789+/") == SEAL_SIZE - 1);
		assert(seal_check(seal, token, NOW, "block a b", &number));
		assert(number == numbers[i]);
	}
}

static void test_time_and_subject(const struct seal *seal)
{
	char token[SEAL_SIZE];
	uint64_t number;

	seal_close(seal, 7, END, "block a b", token);
	assert(seal_check(seal, token, END - 1, "block a b", &number));
	assert(!seal_check(seal, token, END, "block a b", &number));
	assert(!seal_check(seal, token, END + NOW, "block a b", &number));
	assert(!seal_check(seal, token, NOW, "block a c", &number));
	assert(!seal_check(seal, token, NOW, "block a b ", &number));
	assert(!seal_check(seal, token, NOW, "", &number));
}

/* No bit of a token can be changed, nothing added or cut. */
static void test_forgery(const struct seal *seal)
{
	struct seal other = *seal;
	char token[SEAL_SIZE], forged[SEAL_SIZE + 4];
	uint64_t number;

	seal_close(seal, 7, END, "block a b", token);
	for (size_t i = 0; i < SEAL_SIZE - 1; i++) {
		memcpy(forged, token, SEAL_SIZE);
		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		assert(!seal_check(seal, forged, NOW, "block a b", &number));
		forged[i] = '=';
		assert(!seal_check(seal, forged, NOW, "block a b", &number));
		forged[i] = 0;
		assert(!seal_check(seal, forged, NOW, "block a b", &number));
	}
	snprintf(forged, sizeof(forged), "%sAAAA", token);
	assert(!seal_check(seal, forged, NOW, "block a b", &number));
	snprintf(forged, sizeof(forged), " %s", token);
	assert(!seal_check(seal, forged, NOW, "block a b", &number));
	other.key[31] ^= 1;
	assert(!seal_check(&other, token, NOW, "block a b", &number));
}

int main(void)
{
	struct error err = { 0 };
	struct call call = { .account = "123456789012" };
	struct seal seal, again;

	assert(store_open(NULL, NULL, &call.store, &err));
	assert(seal_open(&call, &seal, &err));
	assert(seal_open(&call, &again, &err));
	assert(memcmp(&seal, &again, sizeof(seal)) == 0);
	test_round_trip(&seal);
	test_time_and_subject(&seal);
	test_forgery(&seal);
	store_close(call.store);
	return 0;
}
