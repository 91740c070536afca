/* regioncopy-private.h - what the files of copies from other regions share */
#ifndef QAMI_IMAGES_REGIONCOPY_PRIVATE_H
#define QAMI_IMAGES_REGIONCOPY_PRIVATE_H

#include "images/carry.h"
#include "images/region.h"
#include "images/turn.h"

#define REGION_COPY_KIND "region-copy"

/* A copy under way. */
struct carrying {
	struct call *call;
	const struct op *op;
	struct arena *arena;
	struct snapshot snapshot; /* here */
	struct region_copy copy;
	const char *layer;	 /* here */
	const char *disk_key;	 /* made for it, should it stand on none; NULL:
				  * plain */
	struct turn turn;	 /* the snapshot's: who has it may write the
				  * layer */
	struct far *far;	 /* the region; owned, closed after … */
	struct far_disk *source; /* … what is copied there; owned */
	struct carry carry;
	usec_t told;  /* when progress was noted last */
	usec_t asked; /* when it was asked last whether anybody wants the
		       * turn */
	usec_t later; /* so long after now it is to go on: somebody does
		       * want it, or what it would stand on is on its way.
		       * 0: neither */
};

void carrying_done(struct carrying *carrying);
#define auto_carrying __attribute__((cleanup(carrying_done))) struct carrying

/* Reads the rows that a job is about; *ret_pends is false when there is nothing
 * to carry any more. */
bool carrying_load(struct carrying *carrying, const char *id, bool *ret_pends,
		   struct error *err) must_check;

/* Opens the source in its region, which is open; without one it is gone, or
 * not what it was when the copy was asked for. */
bool carrying_open_source(struct carrying *carrying, struct error *err)
	must_check;

/* Makes the layer, then its row. */
bool carrying_make_layer(struct carrying *carrying, struct error *err)
	must_check;

/* Opens the layer for writing, and what it stands on to compare. */
bool carrying_open_layer(struct carrying *carrying, struct error *err)
	must_check;

/* From here on the layer is filled by a process of its own, and may be stood
 * on; the job is done. The source is open unless the layer had become one that
 * is filled before somebody died. */
bool carrying_fill(struct carrying *carrying, struct error *err) must_check;

#endif
