/* holding.h - who holds which bytes of the layers, and whose they are
 *
 * A volume, snapshot or image holds every block that it shows. Each block that
 * is stored is counted as one holder's own: the earliest snapshot's that shows
 * it, as EC2 charges a snapshot for what it holds and earlier ones do not; a
 * volume's or image's where no snapshot does. When that one goes, the block is
 * the next one's. So what is stored by all of them, and what nobody shows, is
 * together what lies on the disk, to the byte.
 */
#ifndef QAMI_IMAGES_HOLDING_H
#define QAMI_IMAGES_HOLDING_H

#include "images/space-private.h"

/* Who names a layer. Who comes first in a list has first claim. */
struct holder {
	const char *layer; /* NULL, or one that is not there: holds nothing */
	size_t group;	   /* of those that are counted together */
	bool dropped;	   /* as if it were not there */
};

struct holding {
	uint64_t full;	 /* all blocks that one of the group shows */
	uint64_t unique; /* of these, what nothing outside of it shows */
	uint64_t stored; /* that are counted as its own */
};

/* Counts what each of `groups` groups holds; *ret_rest is what none does. */
bool holding_count(const struct world *world, const struct holder *holders,
		   size_t count, size_t groups, struct holding *ret_holdings,
		   uint64_t *ret_rest, struct error *err) must_check;

/* The bytes that lie on the disk when those that are dropped are deleted, and
 * `qami gc` has run. */
bool holding_left(const struct world *world, const struct holder *holders,
		  size_t count, uint64_t *ret_bytes, struct error *err)
	must_check;

#endif
