/* packer.h - zstd, block by block
 *
 * One packer either packs or unpacks, for one thread at a time. The library is
 * loaded by the first one.
 */
#ifndef QAMI_BASE_PACKER_H
#define QAMI_BASE_PACKER_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/error.h"

struct packer;

bool packer_open(bool unpack, struct packer **ret_packer, struct error *err)
	must_check;

/* Packs at another of zstd's levels from now on; it begins with a fast one. */
void packer_set_level(struct packer *packer, int level);
void packer_free(struct packer *packer);
AUTO_DEFINE(packer, packer_free)

/* Packs a block of `size` bytes into fewer; 0 where that cannot be. ret_data
 * has room for size - 1. */
size_t packer_pack(struct packer *packer, const uint8_t *block, size_t size,
		   uint8_t *ret_data);

/* The same into `most` bytes at most. */
size_t packer_pack_into(struct packer *packer, const uint8_t *data, size_t size,
			uint8_t *ret_data, size_t most);

/* Unpacks exactly one block of `most` bytes; false when the data are not that.
 */
bool packer_unpack(struct packer *packer, const uint8_t *data, size_t size,
		   uint8_t *ret_block, size_t most) must_check;

/* The same of what has `most` bytes at most: *ret_size is how many. */
bool packer_unpack_some(struct packer *packer, const uint8_t *data, size_t size,
			uint8_t *ret_block, size_t most, size_t *ret_size)
	must_check;

#endif
