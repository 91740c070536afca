/* lift.h - a home's run directory in memory, while the disk is full (private
 * to this room)
 *
 * A driver that wakes reconnects to its machine, writes down that it did, and
 * ends the machine if it cannot. So where the disk is short of room, `run` is
 * lifted into memory for the time that it is awake. In a home there are
 *
 *   run   a directory, and lifted, a link to where it may be lifted
 *   run   a link to where it is lifted, and lifted, the directory as it was
 *
 * and one atomic exchange leads from each to the other: what `run` leads to is
 * the truth, whoever was killed when. What is in memory may be lost, with the
 * power or when its owner logs out; then the directory is the truth again.
 *
 * A machine cannot be started so: libvirt would move the mounts below /dev that
 * it takes from QEMU to where they are.
 *
 * All of these need the home's turn.
 */
#ifndef QAMI_DOMAIN_LIFT_H
#define QAMI_DOMAIN_LIFT_H

#include <stdbool.h>

/* Makes the link; false (errno) when there is no room even for that. */
bool lift_prepare(const char *home);

/* Whether a driver that wakes now finds room for what it writes: enough of it
 * on the disk, or `run` has been lifted. */
bool lift(const char *home);

/* Brings `run` back and leaves nothing in memory; where the disk has no room
 * for it, it stays lifted. Also repairs what somebody killed has left. */
void lift_settle(const char *home);

/* Removes what is in memory, for good: the home is about to go. */
void lift_drop(const char *home);

#endif
