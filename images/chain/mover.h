/* mover.h - moving extents from one disk into another */
#ifndef QAMI_CHAIN_MOVER_H
#define QAMI_CHAIN_MOVER_H

#include "images/chain/blocks.h"
#include "images/chain/map.h"

struct mover;

/* Both disks are borrowed. */
bool mover_new(struct disk *from, struct disk *to, struct mover **ret_mover,
	       struct error *err) must_check;
void mover_free(struct mover *mover);
AUTO_DEFINE(mover, mover_free)

/* Has the bytes of an extent written to the same place of the other disk:
 * those that are read there, or zeros where the extent is zeros. `data` is the
 * mover, as layer_map() gives it to what it calls. */
bool mover_add(void *data, const struct extent *extent, struct error *err)
	must_check;

/* Moves what is left; durable when this returns. */
bool mover_flush(struct mover *mover, struct error *err) must_check;

#endif
