/* swap.h - where this host puts memory that it has no room for */
#ifndef QAMI_BASE_SWAP_H
#define QAMI_BASE_SWAP_H

#include "images/base/buf.h"
#include "images/base/error.h"

/* Lists, with ", " between them, the swap areas whose bytes would be readable
 * on a disk: neither encrypted by dm-crypt, itself or what it lies on, nor
 * compressed memory (zram). `root` is "" but for tests: what stands before
 * /proc and /sys. */
bool swap_plain(const char *root, struct buf *ret_names, struct error *err)
	must_check;

#endif
