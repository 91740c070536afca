/* copy.h - copying a disk's bytes, without what is zero */
#ifndef QAMI_CHAIN_COPY_H
#define QAMI_CHAIN_COPY_H

#include <stdint.h>

#include "images/base/error.h"
#include "images/chain/chain.h"

/* Copies the first `size` bytes of `from` into the empty file `to`, whose size
 * becomes that: by reflink, else what is neither a hole nor zero. Not flushed.
 * FAULT_IMPORT_FORMAT when `from` turns out to be shorter. */
bool copy_disk(int from, int to, uint64_t size, progress_fn progress,
	       void *data, struct error *err) must_check;

#endif
