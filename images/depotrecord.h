/* depotrecord.h - what is said of snapshots and images in a region of objects
 *
 * The JSON of a record (images/depot/depot.h), one object: that of the row, as
 * images/farrow.h has it, its "content" the digits of the list's digest, and
 *
 *   shared       the accounts that may copy it besides its owner, or "all"
 *   lineage      of a snapshot: the contents that it was made on, as far as
 *                they are known, nearest first
 *   source       its id in the store that it was published from, …
 *   region       … and that store's name
 *   description  for people
 *   published    when, in microseconds since 1970
 *
 * What is not known is passed over.
 */
#ifndef QAMI_IMAGES_DEPOTRECORD_H
#define QAMI_IMAGES_DEPOTRECORD_H

#include "images/depotplace.h"
#include "images/farrow.h"

#define DEPOT_LINEAGE_MOST 32

struct depot_item {
	const char *id; /* there */
	bool is_image;
	struct snapshot snapshot; /* of a snapshot */
	struct far_image image;	  /* of an image */
	uint8_t list[DEPOT_DIGEST];
	int64_t serial;
	const char *const *shared;
	size_t shared_count;
	const char *const *lineage; /* of a snapshot; digits like its own */
	size_t lineage_count;
	const char *source;
	const char *region;
	const char *description;
	usec_t published;
};

/* Whose it is. */
const char *depot_item_owner(const struct depot_item *item);

/* Reads and checks a record, all of it in the arena, and notes how new it is.
 * FAULT_KEY_NOT_FOUND where there is none, FAULT_INTERNAL for one that is no
 * record, or older than one that this store has seen there. */
bool depot_item_get(const struct call *call, struct depot_place *place,
		    const char *id, struct arena *arena,
		    struct depot_item *ret_item, struct error *err) must_check;

/* Whether an account may see it. */
bool depot_item_visible(const struct depot_item *item, const char *account);

/* Publishes it under its id, newer than whatever was there. item->serial is not
 * read. */
bool depot_item_put(const struct call *call, struct depot_place *place,
		    const struct depot_mark *mark,
		    const struct depot_item *item, struct error *err)
	must_check;

/* Takes it away; whoever puts it back is found out here. */
bool depot_item_remove(const struct call *call, struct depot_place *place,
		       const struct depot_item *item, struct error *err)
	must_check;

/* Calls `each` for every snapshot, and every image then. Those that are removed
 * meanwhile are left out; for one that is damaged `bad` is called, and unless
 * it says true, that ends it. */
bool depot_items(const struct call *call, struct depot_place *place,
		 bool (*each)(void *data, const struct depot_item *item,
			      struct error *err),
		 bool (*bad)(void *data, const char *id, const char *why),
		 void *data, struct error *err) must_check;

#endif
