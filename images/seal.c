/* seal.c - sealed numbers
 *
 * 8 bytes of number, 8 of time and the first 20 of the MAC: 36 bytes, which
 * base64 makes 48 characters without padding.
 */
#include "images/seal.h"

#include <endian.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/id.h"

#define SETTING "token-key"
#define MAC_BYTES 20
#define ABOUT_MOST 200

struct sealed {
	uint64_t number; /* big-endian, both */
	uint64_t expires;
	uint8_t mac[MAC_BYTES];
};

#define SEALED_BYTES (16 + MAC_BYTES)
_Static_assert(SEALED_BYTES % 3 == 0 && SEALED_BYTES / 3 * 4 + 1 == SEAL_SIZE,
	       "a token has no padding");

/* Another process may make the key at the same moment: one of them wins. */
static bool key_make(struct db *db, struct arena *arena, const char **ret_key,
		     struct error *err)
{
	uint8_t random[SHA256_SIZE];
	auto_free char *text = NULL;
	auto_tx tx = TX_INIT;

	random_bytes(random, sizeof(random));
	text = base64_encode(random, sizeof(random));
	if (!text)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !setting_get(db, SETTING, arena, ret_key, err))
		return false;
	if (!*ret_key) {
		if (!setting_set(db, SETTING, text, err))
			return false;
		*ret_key = arena_str(arena, text);
	}
	return tx_commit(&tx, err);
}

bool seal_open(const struct call *call, struct seal *ret_seal,
	       struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_free void *key = NULL;
	const char *text = NULL;
	size_t size = 0;

	if (!arena)
		return fail_memory(err);
	if (!setting_get(call->store->db, SETTING, arena, &text, err) ||
	    (!text && !key_make(call->store->db, arena, &text, err)))
		return false;
	key = text ? base64_decode(text, &size) : NULL;
	if (!key || size != sizeof(ret_seal->key))
		return fail(err, FAULT_INTERNAL,
			    "the store's key for tokens is damaged");
	memcpy(ret_seal->key, key, size);
	return true;
}

static void sealed_mac(const struct seal *seal, const struct sealed *sealed,
		       const char *about, uint8_t ret_mac[MAC_BYTES])
{
	uint8_t data[16 + ABOUT_MOST], mac[SHA256_SIZE];
	size_t size = strnlen(about, ABOUT_MOST);

	memcpy(data, &sealed->number, 8);
	memcpy(data + 8, &sealed->expires, 8);
	memcpy(data + 16, about, size);
	hmac_sha256(seal->key, data, 16 + size, mac);
	memcpy(ret_mac, mac, MAC_BYTES);
}

void seal_close(const struct seal *seal, uint64_t number, usec_t expires,
		const char *about, char ret_token[SEAL_SIZE])
{
	struct sealed sealed = {
		.number = htobe64(number),
		.expires = htobe64((uint64_t)(expires / USEC_PER_SEC)),
	};
	uint8_t bytes[SEALED_BYTES];

	sealed_mac(seal, &sealed, about, sealed.mac);
	memcpy(bytes, &sealed.number, 8);
	memcpy(bytes + 8, &sealed.expires, 8);
	memcpy(bytes + 16, sealed.mac, MAC_BYTES);
	base64_write(bytes, sizeof(bytes), ret_token);
}

bool seal_check(const struct seal *seal, const char *token, usec_t now,
		const char *about, uint64_t *ret_number)
{
	auto_free uint8_t *bytes = NULL;
	uint8_t mac[MAC_BYTES];
	struct sealed sealed;
	size_t size = 0;

	if (strlen(token) != SEAL_SIZE - 1)
		return false;
	bytes = base64_decode(token, &size);
	if (!bytes || size != SEALED_BYTES)
		return false;
	memcpy(&sealed.number, bytes, 8);
	memcpy(&sealed.expires, bytes + 8, 8);
	sealed_mac(seal, &sealed, about, mac);
	*ret_number = be64toh(sealed.number);
	return secret_equal(mac, bytes + 16, MAC_BYTES) &&
	       be64toh(sealed.expires) > (uint64_t)(now / USEC_PER_SEC);
}
