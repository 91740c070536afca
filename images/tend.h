/* tend.h - looking after the layers of a store
 *
 * What goes on after the answer that froze or freed a layer: blocks that only
 * a deleted snapshot needed go, chains stay short, digest lists are made.
 */
#ifndef QAMI_IMAGES_TEND_H
#define QAMI_IMAGES_TEND_H

#include "images/store.h"

/* So many layers are kept between one that stands on a bottom, or on another
 * such one, and the next: a chain of n layers is about n/32 + 32 deep. */
#define TEND_EVERY 32

/* CreateSnapshot shortens a chain itself before it gets deeper than this; far
 * below libvirt's 200. */
#define TEND_DEPTH_MOST 100

/* One round of the job that layers_tend() leaves behind: *ret_due is when to
 * look again, 0 when it is done. */
bool tend_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err) must_check;

/* All of it now: merges whatever makes the store smaller, whether or not the
 * bytes that it moves are worth it. What was done is counted. */
struct tend_report {
	unsigned merged;    /* layers that are gone */
	unsigned shortened; /* chains */
	unsigned listed;    /* digest lists that were made */
	unsigned left;	    /* things that could not be done now */
};
bool tend_all(struct call *call, struct tend_report *ret_report,
	      struct error *err) must_check;

/* How deep a volume's chain is; a running one's as its QEMU has it. */
bool tend_depth(struct call *call, const char *volume, size_t *ret_depth,
		struct error *err) must_check;

/* Shortens a volume's chain if it is as deep as TEND_DEPTH_MOST: for whoever is
 * about to put another layer on it, and has the volume's turn. Costs two
 * look-ups when it is not. */
bool tend_bound(struct call *call, const char *volume, struct error *err)
	must_check;

/* Shortens a volume's chain now. The caller has the volume's turn. */
bool tend_shorten(struct call *call, const char *volume, struct error *err)
	must_check;

#endif
