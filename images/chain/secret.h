/* secret.h - the keys of encrypted layers
 *
 * An encrypted layer is LUKS inside qcow2: the file's tables are readable, what
 * a guest wrote is not. Its passphrase is the hexadecimal form of a 256 bit
 * disk key. The chain is not handed keys with each call, it asks for them by
 * the names of the layers that it meets when it opens one; so whoever opens a
 * chain need not know which layers below are encrypted, and by which key.
 */
#ifndef QAMI_CHAIN_SECRET_H
#define QAMI_CHAIN_SECRET_H

#include "images/base/error.h"

#define LAYER_SECRET_SIZE 65 /* 64 hexadecimal digits and the end */
#define LAYER_KEY_SIZE 48

struct layer_secret {
	char key[LAYER_KEY_SIZE];     /* the key's id: equal ids, equal keys;
				       * "" of a layer that is plain */
	char text[LAYER_SECRET_SIZE]; /* lower case */
};

/* Overwrites a key. */
void layer_secret_clear(struct layer_secret *secret);

#define auto_layer_secret __attribute__((cleanup(layer_secret_clear))) \
	struct layer_secret

/* Finds the key of a layer, by its name; *ret_secret comes as zeros and stays
 * so where the layer is plain, or not known. Its fault is that of whatever
 * wanted to open the chain. */
typedef bool layer_secret_fn(void *data, const char *layer,
			     struct layer_secret *ret_secret,
			     struct error *err);

struct chain;

/* Whom to ask from now on; NULL: nobody, so that encrypted layers cannot be
 * opened. */
void chain_set_secrets(struct chain *chain, layer_secret_fn *find, void *data);

#endif
