/* carry.h - blocks of a region that a layer here does not show yet
 *
 * What a region's disk shows is held against a chain here block by block: by
 * the digest lists of both, by the region's digests and the bytes here where
 * either is encrypted, for then digests are keyed, and by the bytes of both
 * where a list is not made yet. What differs is written into the layer at the
 * top of the chain. Where that was begun on the copy of something older, and
 * the region knows what was written since, nothing else is looked at.
 */
#ifndef QAMI_IMAGES_CARRY_H
#define QAMI_IMAGES_CARRY_H

#include "images/blockmap.h"
#include "images/chain/blocks.h"
#include "images/chain/digests.h"
#include "images/far.h"

/* What is known of the chain here. */
struct side {
	struct disk *disk;	 /* owned */
	struct digests *digests; /* owned; NULL while a list is missing */
	struct blockmap *map;	 /* where it shows data; owned */
};

struct carry {
	struct far_disk *from; /* borrowed */
	bool plain;	       /* nothing here is encrypted */
	struct side below;     /* what the layer was begun on; its disk is the
				* layer's, for writing */
	struct blockmap *held; /* where the layer holds something; owned */
	struct blockmap *changed; /* where `from` may differ from what the layer
				   * was begun on; owned; NULL: anywhere */

	/* Told for each block: false stops with its error. */
	bool (*tell)(void *data, uint64_t block, uint64_t blocks,
		     struct error *err);
	void *data;

	/* answered */
	uint64_t carried; /* blocks */
	bool damaged;	  /* what failed is the source: it could not be read,
			   * or is not what its digests say */
};

/* Opens the chain here, whose top is the layer to be written, for what `from`
 * shows; pin it (images/turn.h) until this returns. */
bool carry_open_to(struct carry *carry, struct chain *chain,
		   const struct layer_ref *layers, size_t count,
		   struct error *err) must_check;

/* What the layer was begun on is a copy of an older content of the lineage of
 * `from`: it need not be compared where nothing was written since. */
bool carry_since(struct carry *carry, size_t older, struct error *err)
	must_check;

/* Adds to a map the blocks in which the layer has to differ from what it was
 * begun on, as far as that can be said without reading any: all of those in
 * which that is not known, and what the layer holds already. */
bool carry_differing(const struct carry *carry, struct blockmap *map,
		     struct error *err) must_check;

/* Carries what differs; it is durable when this returns. What the layer holds
 * already, somebody who died may have written: it is read. */
bool carry_blocks(struct carry *carry, struct error *err) must_check;

/* Closes the chain; again does no harm. */
void carry_done(struct carry *carry);

#endif
