/* pick.h - single blocks of a parcel's disk, in any order
 *
 * For who cannot wait until all of a parcel was read. Nothing is believed but
 * what a block's own head and digest prove; and that a block is zeros, which
 * the parcel says by not having it, only when the heads of its neighbours,
 * between which there is room for nothing, have shown that it is so. What is
 * damaged is FAULT_INVALID_PARAMETER, with a sentence why.
 */
#ifndef QAMI_PARCEL_PICK_H
#define QAMI_PARCEL_PICK_H

#include "images/parcel/parcel.h"

/* Where the bytes of a parcel come from; `read` gets exactly so many, within
 * `size`, and is called by one thread at a time. */
struct pick_reader {
	bool (*read)(void *data, void *ret_bytes, size_t size, uint64_t offset,
		     struct error *err);
	void *data;
	uint64_t size; /* of the whole parcel, bytes */
};

struct pick;

/* Opens one disk, counted from 0: FAULT_INVALID_PARAMETER when there is no such
 * one, or a parcel is sealed and there is no key (NULL), or the other way
 * round. What `reader` points to is borrowed. Its index is kept in memory, 16
 * bytes for each block. */
bool pick_open(const struct pick_reader *reader, unsigned disk,
	       const struct secret *key, struct pick **ret_pick,
	       struct error *err) must_check;
void pick_close(struct pick *pick);
AUTO_DEFINE(pick, pick_close)

/* Of the disk: its bytes, and how many blocks it has that are not zeros. */
uint64_t pick_size(const struct pick *pick);
uint64_t pick_blocks(const struct pick *pick);

/* Whether the index has a block of that number. */
bool pick_has(const struct pick *pick, uint64_t number);

/* The number of the first block, from one on, that the index has;
 * PARCEL_NO_BLOCK when there is none. */
uint64_t pick_next(const struct pick *pick, uint64_t number);

/* Reads a block, PARCEL_BLOCK bytes, zeros behind the disk's end. */
bool pick_block(struct pick *pick, uint64_t number, uint8_t *ret_data,
		struct error *err) must_check;

#endif
