/* fsck.h - does a store agree with itself?
 *
 * Rows against files, both ways; keys that do not open any more; headers,
 * modes, sizes, QEMU's own check; and, when asked for, the content of frozen
 * layers against their digest lists.
 */
#ifndef QAMI_IMAGES_FSCK_H
#define QAMI_IMAGES_FSCK_H

#include "images/store.h"

struct finding {
	const char *subject; /* a layer, volume, snapshot, key or file */
	const char *text;
	bool repaired;
	bool note; /* worth knowing, but no fault */
};

struct fsck {
	bool deep;
	usec_t until; /* when `deep` shall stop, of clock_monotonic(); 0: never
		       */
	bool repair;  /* nothing is ever deleted: files that nobody knows go
		       * to lost+found/, modes are put right, and rows follow
		       * the headers of their files */
	void (*found)(void *data, const struct finding *finding);
	void *data;
	unsigned faults; /* set: those that were not repaired */
	unsigned layers; /* set: how many were looked at */
	bool finished;	 /* set: `deep` has been through all of them */
};

/* Checks; each finding is told as it is found. A deep check goes on where an
 * earlier one stopped. */
bool fsck_run(struct call *call, struct fsck *fsck, struct error *err)
	must_check;

#endif
