/* empty.h - writing the file of an empty qcow2 layer */
#ifndef QAMI_CHAIN_EMPTY_H
#define QAMI_CHAIN_EMPTY_H

#include <stdint.h>

#include "images/base/error.h"
#include "images/chain/chain.h"

/* The largest disk that one layer can show. */
#define EMPTY_SIZE_MOST (1ULL << 51)

/* Writes an empty qcow2 over `parent` (NULL: none) of `size` bytes, a multiple
 * of 512, into a fresh empty file. With `whole` its clusters have no parts: see
 * scratch_create_over(). Encrypted with a `secret`, unless that is NULL. Not
 * flushed. */
bool empty_write(int fd, const struct layer_ref *parent, uint64_t size,
		 bool whole, const struct layer_secret *secret,
		 struct error *err) must_check;

/* The virtual size of a layer of ours. */
bool layer_size_read(int dir, const struct layer_ref *layer, uint64_t *ret_size,
		     struct error *err) must_check;

#endif
