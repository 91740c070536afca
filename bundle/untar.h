/* untar.h - the one file in a bundle's archive
 *
 * Its name is never looked at, nor its mode: only how its bytes lie in the
 * disk. Every other kind of member is refused, and so is whatever follows.
 */
#ifndef QAMI_BUNDLE_UNTAR_H
#define QAMI_BUNDLE_UNTAR_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"

struct untar {
	uint64_t size; /* that the file must have, bytes */

	/* The next piece of the archive; *ret_size 0 behind its end. */
	bool (*next)(void *data, const uint8_t **ret_piece, size_t *ret_size,
		     struct error *err);

	/* Takes a piece of the file. They come in ascending order; what is
	 * never written are holes. */
	bool (*write)(void *data, const uint8_t *piece, size_t size,
		      uint64_t offset, struct error *err);
	void *data;
};

/* Reads an archive to its end. FAULT_INVALID_MANIFEST when it is not exactly
 * one file of the wanted size. */
bool untar(const struct untar *untar, struct error *err) must_check;

#endif
