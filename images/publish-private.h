/* publish-private.h - what publishing something and its disks share */
#ifndef QAMI_IMAGES_PUBLISH_PRIVATE_H
#define QAMI_IMAGES_PUBLISH_PRIVATE_H

#include "images/publish.h"

/* What is being done in a region. */
struct publishing {
	struct call *call;
	struct depot_place *place;
	struct depot *depot;
	struct depot_mark mark;
	struct depot_set *there;
	struct publish_told *told;
	struct arena *arena;
};

/* Puts what the region lacks of a disk, and its list, which the item then
 * names. The source is asked by one thread at a time, whichever. */
bool publish_disk(struct publishing *publishing, struct far_disk *source,
		  struct depot_item *item, struct error *err) must_check;

#endif
