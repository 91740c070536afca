/* list.h - the file of a digest list
 *
 * Lists lie in digests/, beside the layer directory (0700: nobody but us reads
 * them), each under its layer's name. Numbers are big-endian, as in qcow2:
 *
 *   0   8  "qamidgst"
 *   8   4  version: 1, and 2 of an encrypted layer
 *  12   4  bytes of a block, 524288
 *  16   8  bytes of the layer's disk
 *  24   8  how many entries
 *  32  32  version 2 only: what the key makes of its name (list_mark())
 *          entries of 40 bytes, ascending: block number (8), SHA-256 (32), in
 *          version 2 the HMAC-SHA-256 under the layer's key
 *      32  SHA-256 of everything before
 */
#ifndef QAMI_CHAIN_LIST_H
#define QAMI_CHAIN_LIST_H

#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/error.h"
#include "images/chain/chain.h"
#include "images/chain/digests.h"

#define LIST_ENTRY_SIZE (8 + BLOCK_DIGEST_SIZE)

/* How a layer's blocks are digested. */
struct hasher {
	bool keyed;
	uint8_t key[BLOCK_DIGEST_SIZE];
	uint8_t mark[BLOCK_DIGEST_SIZE]; /* of the key, for its lists */
};

/* Those of a layer, and those of a key ("": a plain layer's); false when that
 * is no key. */
bool hasher_find(const struct chain *chain, const char *layer,
		 struct hasher *ret_hasher, struct error *err) must_check;
bool hasher_of(const struct layer_secret *secret, struct hasher *ret_hasher);
void hasher_done(struct hasher *hasher);
#define auto_hasher __attribute__((cleanup(hasher_done))) struct hasher

void hasher_digest(const struct hasher *hasher, const uint8_t *block,
		   uint8_t ret_digest[BLOCK_DIGEST_SIZE]);

struct list {
	uint64_t count;
	size_t head;   /* bytes before the entries */
	uint8_t *data; /* the file */
};

/* A list of a disk of `size` bytes with room for `count` entries, which are
 * zeros, made by the key of that mark, or none (NULL); NULL when memory ran
 * out. */
struct list *list_new(uint64_t size, uint64_t count, const uint8_t *mark);
void list_free(struct list *list);
AUTO_DEFINE(list, list_free)

/* Tells by which key the digests were made, of BLOCK_DIGEST_SIZE bytes; NULL:
 * by none. */
const uint8_t *list_mark(const struct list *list);

/* Whether the digests of two lists were made by one key, or none. */
bool list_same_key(const struct list *left, const struct list *right);

/* The bytes of the disk. */
uint64_t list_size(const struct list *list);

/* Whether an entry is one of this list's. */
bool list_owns(const struct list *list, const uint8_t *entry);

/* An entry, and the number of its block. */
uint8_t *list_entry(const struct list *list, uint64_t i);
uint64_t entry_block(const uint8_t *entry);
void entry_set_block(uint8_t *entry, uint64_t block);

/* Reads and checks a list; *ret_list is NULL when there is none.
 * FAULT_INTERNAL for a damaged one. */
bool list_read(const struct chain *chain, const char *layer,
	       struct list **ret_list, struct error *err) must_check;

/* Puts a list in place, durably, whole or not at all. One process at a time
 * writes one layer's. */
bool list_write(const struct chain *chain, const char *layer, struct list *list,
		struct error *err) must_check;

bool list_exists(const struct chain *chain, const char *layer);
bool list_remove(const struct chain *chain, const char *layer,
		 struct error *err) must_check;

#endif
