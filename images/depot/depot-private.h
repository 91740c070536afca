/* depot-private.h - what the files of this room share */
#ifndef QAMI_DEPOT_PRIVATE_H
#define QAMI_DEPOT_PRIVATE_H

#include <pthread.h>

#include "images/base/bytes.h"
#include "images/base/cipher.h"
#include "images/base/digest.h"
#include "images/depot/depot.h"

struct depot {
	const struct depot_ops *ops;
	void *data;
	struct secret names;
	struct secret seal;
};

/* Objects' names. */
void block_name(const struct depot *depot, const uint8_t digest[DEPOT_DIGEST],
		char ret_name[DEPOT_NAME_SIZE]);
void list_name(const struct depot *depot, const uint8_t digest[DEPOT_DIGEST],
	       char ret_name[DEPOT_NAME_SIZE]);

/* The HMAC that is in a name of "block" or "list". */
void name_of(const struct depot *depot, const char *kind,
	     const uint8_t digest[DEPOT_DIGEST], uint8_t ret_mac[SHA256_SIZE]);

/* The HMAC that is in a block's name; false for another text. */
bool block_name_read(const char *name, uint8_t ret_mac[SHA256_SIZE]);

/* Seals and puts an object; fetches one of at most `most` bytes of content and
 * opens it. The caller frees. */
bool depot_object_put(struct depot *depot, const char *name,
		      const void *content, size_t size, struct error *err)
	must_check;
bool depot_object_get(struct depot *depot, const char *name, size_t most,
		      uint8_t **ret_content, size_t *ret_size,
		      struct error *err) must_check;

/* The two halves of the latter: an object of at most so many bytes of content,
 * as it is there; and its content, CIPHER_EXTRA bytes fewer. */
bool depot_object_fetch(struct depot *depot, const char *name, size_t most,
			struct buf *ret_sealed, struct error *err) must_check;
bool depot_object_open(const struct depot *depot, const char *name,
		       const struct buf *sealed, uint8_t *ret_content,
		       struct error *err) must_check;

/* FAULT_INTERNAL: an object is there and is not what it should be; false. */
bool depot_bad(const char *name, const char *why, struct error *err);
#ifdef __clang_analyzer__ /* as images/base/error.h has it */
#define depot_bad(...) ((void)(depot_bad)(__VA_ARGS__), false)
#endif

/* Names that a set of them has, whoever they are names of. */
bool set_new(struct depot_set **ret_set, struct error *err) must_check;

/* Whether it was added: else it was in it already. */
bool set_add(struct depot_set *set, const uint8_t mac[SHA256_SIZE],
	     bool *ret_added, struct error *err) must_check;
bool set_has(const struct depot_set *set, const uint8_t mac[SHA256_SIZE]);

#endif
