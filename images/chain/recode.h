/* recode.h - copying what a chain shows into a layer of another key */
#ifndef QAMI_CHAIN_RECODE_H
#define QAMI_CHAIN_RECODE_H

#include "images/base/error.h"
#include "images/chain/chain.h"

/* Called when everything below `at` of a disk of `size` bytes is durable in the
 * new layer: whoever journals that can go on from there. False with an error
 * stops the copy. */
typedef bool recode_note_fn(void *data, uint64_t at, uint64_t size,
			    struct error *err);

/* Writes what the frozen layer `from` shows, as far as layers above `since`
 * (NULL: any) decide it, into the active layer `to`, which is at least as large
 * and shows what `since` shows, or nothing. Begins at byte *at, and after a
 * kill again at any that was noted; *at is UINT64_MAX when all is there. Bytes
 * are plain in memory only. `note` may be NULL. The calling thread must live
 * until the end. FAULT_VOLUME_CAPACITY when the disk fills. */
bool layer_recode(struct chain *chain, const struct layer_ref *from,
		  const struct layer_ref *since, const struct layer_ref *to,
		  uint64_t *at, recode_note_fn *note, void *data,
		  struct error *err) must_check;

#endif
