/* clock-private.h - what a store's clock is on the disk and in memory
 *
 * Two slots, and which of them counts: one byte, which is written whole or not
 * at all. A file of zeros is the host's clock.
 */
#ifndef QAMI_BASE_CLOCK_PRIVATE_H
#define QAMI_BASE_CLOCK_PRIVATE_H

#include "images/base/clock.h"
#include "images/base/clockfile.h"

/* How often a slot that is being written is looked at again. */
#define SLOT_TRIES 1000

struct clock_slot {
	int64_t set;  /* 0: the host's clock, and nothing else counts */
	usec_t wall;  /* when it was set */
	usec_t store; /* what it was set to */
	int64_t rate; /* in millionths, since then */
	uint64_t sum; /* of those above */
};

struct clock_page {
	uint8_t slot; /* its lowest bit */
	uint8_t unused[63];
	struct clock_slot slots[2];
};

/* That of the process's store; NULL: it has none. */
extern const struct clock_page *clock_page;

uint64_t clock_slot_sum(const struct clock_slot *slot);

/* The slot that counts; false when none could be read. */
bool clock_slot_get(const struct clock_page *page, struct clock_slot *ret_slot);

/* What a clock so set shows when the host's shows `wall`. */
usec_t clock_slot_time(const struct clock_slot *slot, usec_t wall);

#endif
