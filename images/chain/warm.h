/* warm.h - having a layer's file in memory before somebody reads it */
#ifndef QAMI_CHAIN_WARM_H
#define QAMI_CHAIN_WARM_H

#include "images/chain/chain.h"

/* Asks the kernel to read at most `most` bytes of a layer's file, holes left
 * out; *ret_bytes are those that were asked for. It does not wait for them. A
 * layer that is not there is none. */
bool layer_warm(const struct chain *chain, const char *name, uint64_t most,
		uint64_t *ret_bytes, struct error *err) must_check;

#endif
