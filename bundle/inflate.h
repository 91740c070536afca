/* inflate.h - what gzip packed, in pieces of any size
 *
 * All members of a stream are read, and nothing may follow the last.
 */
#ifndef QAMI_BUNDLE_INFLATE_H
#define QAMI_BUNDLE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/error.h"

struct inflater;

struct inflater *inflater_new(void); /* NULL when memory ran out */
void inflater_free(struct inflater *inflater);
AUTO_DEFINE(inflater, inflater_free)

/* Unpacks what fits into `ret_out`, and moves *in past what was read. When the
 * room was used up there may be more to come, even without more input.
 * FAULT_INVALID_MANIFEST: the stream is broken, or its checksum. */
bool inflate_some(struct inflater *inflater, const uint8_t **in,
		  size_t *in_size, uint8_t *ret_out, size_t room,
		  size_t *ret_size, struct error *err) must_check;

/* Whether the stream ended where its input did. */
bool inflate_end(const struct inflater *inflater, struct error *err) must_check;

#endif
