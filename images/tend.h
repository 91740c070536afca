/* tend.h - looking after the layers of a store
 *
 * What goes on after the answer that froze or freed a layer: blocks that only
 * a deleted snapshot needed go, chains stay short, digest lists are made.
 */
#ifndef QAMI_IMAGES_TEND_H
#define QAMI_IMAGES_TEND_H

#include "images/store.h"

/* Every so many kept layers one is consolidated: rebuilt so that it stands on
 * the one that was consolidated before it, or on the bottom. */
#define TEND_EVERY 16

/* So many consolidated ones stand on each other; the next one is rebuilt onto
 * what lies under them all, and so on. So a chain of n layers is 16 + 8 log n
 * deep at most, and a block copied as often as it has levels: twice in a chain
 * of a thousand. */
#define TEND_FAN 8

/* Up to so many bytes are copied rather than a layer kept in between: a guest
 * that writes little stands on its bottom again and again. */
#define TEND_CHEAP (16ULL << 20)

/* QEMU takes longer for everything the more files a guest's disk is made of:
 * its chain is shortened as soon as so many can be taken out. */
#define TEND_LIVE 8

/* Whoever waits for a volume's turn is let go before a shortening that is at
 * work, unless the chain is so deep already. */
#define TEND_URGENT 50

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
