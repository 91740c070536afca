/* turn.h - whose turn it is to change where a volume's bytes lie
 *
 * Taking a snapshot, attaching, starting a machine, merging below a volume and
 * the like each take the volume's turn first: one of them at a time. A turn
 * ends with its process, whatever it had begun is in the journal. The turns of
 * a store are bytes of one file, so that none has to be removed.
 */
#ifndef QAMI_IMAGES_TURN_H
#define QAMI_IMAGES_TURN_H

#include <unistd.h>

#include "images/store.h"

struct turn {
	int fd;
};
#define TURN_INIT  \
	{          \
		-1 \
	}

/* Takes the turns of some resources (volumes, or an instance's whole set at
 * once), waiting up to wait_ms for whoever has one: FAULT_UNAVAILABLE when it
 * was not given back. Those who need several take them in one call, which
 * sorts them, so that no two wait for each other. */
bool turn_take(struct call *call, const char *const *ids, size_t count,
	       unsigned wait_ms, struct turn *ret_turn, struct error *err)
	must_check;

/* Pins the layers that nobody writes any more: from looking up a chain's rows
 * until its files are open, none of them goes and none is rewritten. Any
 * number may pin at once. Taken after a volume's turn, if both are. */
bool turn_pin(struct call *call, struct turn *ret_turn, struct error *err)
	must_check;

/* The opposite: waits up to wait_ms until nobody pins, and keeps those who
 * want to waiting. */
bool turn_unpinned(struct call *call, unsigned wait_ms, struct turn *ret_turn,
		   struct error *err) must_check;

/* Whether somebody waits for a turn: asked by the one who has it, and could let
 * him go first. */
bool turn_wanted(const struct turn *turn, const char *id);

static inline void turn_done(struct turn *turn)
{
	if (turn->fd >= 0)
		close(turn->fd);
	turn->fd = -1;
}
#define auto_turn __attribute__((cleanup(turn_done))) struct turn

/* How long calls wait; longer than any of the above takes at most. */
#define TURN_WAIT_MS 60000

/* How long a recovery waits: it is tried again by the next call, which a live
 * process at work on the volume must not hold up for long. */
#define TURN_RECOVERY_MS 5000

#endif
