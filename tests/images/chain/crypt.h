/* crypt.h - keys for the tests of encrypted chains */
#ifndef QAMI_TESTS_CHAIN_CRYPT_H
#define QAMI_TESTS_CHAIN_CRYPT_H

#include "images/chain/secret.h"
#include "tests/images/chain/testing.h"

/* Who has which key: the letter that all 64 digits of it are. */
struct holder {
	char layer[LAYER_NAME_SIZE];
	char key;
};

#define HOLDERS_MOST 256

struct holders {
	struct holder all[HOLDERS_MOST];
	size_t count;
	enum fault fault; /* what there is instead of keys, or FAULT_NONE */
	bool wrong;	  /* give one that does not fit */
};

__attribute__((unused)) static void secret_make(char key,
						struct layer_secret *secret)
{
	snprintf(secret->key, sizeof(secret->key), "key-%c", key);
	memset(secret->text, key, LAYER_SECRET_SIZE - 1);
	secret->text[LAYER_SECRET_SIZE - 1] = 0;
}

__attribute__((unused)) static bool secret_tell(void *data, const char *layer,
						struct layer_secret *secret,
						struct error *err)
{
	const struct holders *holders = data;

	for (size_t i = 0; i < holders->count; i++) {
		if (strcmp(holders->all[i].layer, layer) != 0)
			continue;
		if (holders->fault != FAULT_NONE)
			return fail(err, holders->fault, "the key is disabled");
		secret_make(holders->wrong ? '9' : holders->all[i].key, secret);
		return true;
	}
	return true;
}

/* From now on the layer has that key. */
__attribute__((unused)) static void secret_give(struct holders *holders,
						const char *layer, char key)
{
	struct holder *holder = holders->all + holders->count++;

	check(holders->count <= HOLDERS_MOST);
	snprintf(holder->layer, sizeof(holder->layer), "%s", layer);
	holder->key = key;
}

#endif
