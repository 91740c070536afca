/* secret.c - the keys of encrypted layers */
#include "images/chain/secret.h"

#include <openssl/crypto.h>
#include <string.h>

#include "images/chain/chain-private.h"

void layer_secret_clear(struct layer_secret *secret)
{
	OPENSSL_cleanse(secret, sizeof(*secret));
}

void chain_set_secrets(struct chain *chain, layer_secret_fn *find, void *data)
{
	chain->secrets = find;
	chain->secrets_data = data;
}

bool secret_find(const struct chain *chain, const char *file,
		 struct layer_secret *ret_secret, struct error *err)
{
	char layer[LAYER_NAME_SIZE];

	*ret_secret = (struct layer_secret){ .key = "" };
	if (!chain->secrets || !layer_of_file(file, layer))
		return true;
	return chain->secrets(chain->secrets_data, layer, ret_secret, err);
}

bool secret_of(const struct chain *chain, const char *file, bool encrypted,
	       struct layer_secret *ret_secret, struct error *err)
{
	if (!secret_find(chain, file, ret_secret, err))
		return false;
	if (encrypted == !!ret_secret->text[0])
		return true;
	layer_secret_clear(ret_secret);
	return fail(err, FAULT_INTERNAL,
		    encrypted ? "%s is encrypted, and no key is known for it" :
				"%s is not encrypted, and has a key",
		    file);
}

bool secret_shared(const struct chain *chain, const char *left,
		   const char *right, bool *ret_shared, struct error *err)
{
	auto_layer_secret one = { .key = "" };
	auto_layer_secret other = { .key = "" };
	bool encrypted[2];

	if (!layer_encrypted(chain, left, &encrypted[0], err) ||
	    !layer_encrypted(chain, right, &encrypted[1], err))
		return false;
	if (!encrypted[0] || !encrypted[1]) {
		*ret_shared = encrypted[0] == encrypted[1];
		return true;
	}
	if (!secret_of(chain, left, true, &one, err) ||
	    !secret_of(chain, right, true, &other, err))
		return false;
	*ret_shared = strcmp(one.key, other.key) == 0;
	return true;
}
