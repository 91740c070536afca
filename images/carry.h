/* carry.h - blocks of a chain that a layer of another one does not show yet
 *
 * Two chains, of two stores, are held against each other block by block: by the
 * digest lists of both, by the bytes where a list is not made yet, or where
 * either is encrypted: its digests are keyed. What differs is written into the
 * layer at the top of the second chain, when it is what its digest says.
 */
#ifndef QAMI_IMAGES_CARRY_H
#define QAMI_IMAGES_CARRY_H

#include "images/blockmap.h"
#include "images/chain/blocks.h"
#include "images/chain/digests.h"

/* What is known of a chain. */
struct side {
	struct disk *disk;	 /* owned */
	struct digests *digests; /* owned; NULL while a list is missing */
	struct blockmap *map;	 /* where it shows data; owned */
};

struct carry {
	uint64_t size; /* bytes of the disk */
	bool plain;    /* neither is encrypted */
	struct side from;
	struct side below;     /* what the layer was begun on; its disk is the
				* layer's, for writing */
	struct blockmap *held; /* where the layer holds something; owned */

	/* Told after each block: false stops with its error. */
	bool (*tell)(void *data, uint64_t block, uint64_t blocks,
		     struct error *err);
	void *data;

	/* answered */
	uint64_t carried; /* blocks */
	bool damaged;	  /* what failed is the source: it could not be read,
			   * or is not what its digests say */
};

/* Opens the chain to be read, top first; pin it (images/turn.h) until this
 * returns. */
bool carry_open_from(struct carry *carry, struct chain *chain,
		     const struct layer_ref *layers, size_t count,
		     struct error *err) must_check;

/* Opens the other one, whose top is the layer to be written. */
bool carry_open_to(struct carry *carry, struct chain *chain,
		   const struct layer_ref *layers, size_t count,
		   struct error *err) must_check;

/* Carries what differs; it is durable when this returns. What the layer holds
 * already, somebody who died may have written: it is read. */
bool carry_blocks(struct carry *carry, struct error *err) must_check;

/* Closes both; again does no harm. */
void carry_done(struct carry *carry);

#endif
