/* farask.h - a region at the other end of a wire */
#ifndef QAMI_IMAGES_FARASK_H
#define QAMI_IMAGES_FARASK_H

#include "images/far.h"
#include "images/farwire.h"

/* Asks whoever answers at the other end (images/farserve.h) for a store, "" for
 * its own choice. The wire is the region's from here on, also on failure, and
 * at its end `end` (which may be NULL) is called with it. */
bool far_ask(struct wire *wire, const char *store,
	     void (*end)(void *data, struct wire *wire), void *data,
	     struct far **ret_far, struct error *err) must_check;

#endif
