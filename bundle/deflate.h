/* deflate.h - pieces of one deflate stream, each made alone
 *
 * Readers of bundles stop behind the first gzip member, so what several
 * threads make must be one stream: pieces that end at a byte, none of them the
 * last, put one behind the other in any number.
 */
#ifndef QAMI_BUNDLE_DEFLATE_H
#define QAMI_BUNDLE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/error.h"

#define DEFLATE_LEVEL_MOST 12
#define DEFLATE_LEVEL 4 /* 2 % larger than what zlib makes at its own, 6 */

/* What a stream ends with: an empty last block. */
#define DEFLATE_END "\003"
#define DEFLATE_END_SIZE 2 /* bytes, the NUL is one of them */

struct deflate;

/* Makes what one thread needs; level 1 to DEFLATE_LEVEL_MOST. NULL when memory
 * ran out. */
struct deflate *deflate_new(int level);
void deflate_free(struct deflate *deflate);
AUTO_DEFINE(deflate, deflate_free)

/* The room, in bytes, that a piece of so many bytes may need. */
size_t deflate_room(size_t size);

/* Deflates `size` bytes into a piece in deflate_room(size) bytes; returns its
 * size. FAULT_INTERNAL when the compressor does not say what it should. */
bool deflate_piece(struct deflate *deflate, const void *data, size_t size,
		   uint8_t *ret_piece, size_t *ret_size, struct error *err)
	must_check;

#endif
