/* reduce.h - one step that makes a chain shorter, journalled
 *
 * A layer is rebuilt so that it stands further down its chain than before;
 * what lay between goes, as far as nobody else needs it. What the layer shows
 * stays the same at every instant.
 *
 *   push  the layer's own bytes are written into its parent, which nobody sees
 *         and has open, and which then takes its name
 *   pull  what lies between is copied into a copy of the layer, which then
 *         takes its name; a running guest may have the old file open
 *   live  a running guest's QEMU copies what lies between into the layer that
 *         it writes; given up, with nothing changed, as soon as somebody wants
 *         the volume's turn
 */
#ifndef QAMI_IMAGES_REDUCE_H
#define QAMI_IMAGES_REDUCE_H

#include "images/tree.h"

enum reduce_way { REDUCE_PUSH, REDUCE_PULL, REDUCE_LIVE };

struct reduction {
	enum reduce_way way;
	const char *child;
	const char *doomed; /* what is pushed into; NULL: nothing is */
	const char *base;   /* what it stands on afterwards; NULL: nothing */
	int64_t level;	    /* the child's afterwards */
	const struct turn *turn; /* live: the volume's, which others may want;
				  * NULL: whoever wants it waits */
};

/* Does it, as a step of an operation that this process owns. Whoever else
 * could write the child, or change where it stands, is kept away by the caller
 * (images/turn.h). FAULT_UNAVAILABLE when the files are done but the rows have
 * to wait for those who are opening chains: then reduce_settle() is to be
 * called again. FAULT_VOLUME_IN_USE when it was given up. */
bool reduce(struct call *call, struct op *op, const struct reduction *reduction,
	    struct error *err) must_check;

/* Finishes the step that the operation's payload tells of, if there is one: as
 * the header of the child says, forward when the files were done, else as if
 * nothing had been begun. */
bool reduce_settle(struct call *call, struct op *op, struct error *err)
	must_check;

/* A running guest's disk, as QEMU has it: what its chain is made of. */
struct live {
	const char *uri;
	const char *uuid;
	const char *volume;
};

/* The files of that chain, top first, as layer names; in the arena. None when
 * the machine is gone. */
bool live_chain(struct call *call, const struct live *live, struct arena *arena,
		const char *const **ret_names, size_t *ret_count,
		struct error *err) must_check;

#endif
