/* hold.h - who else has a file open, and keeping it that way
 *
 * Leases (F_SETLEASE) answer this: the kernel grants one only when no other
 * open file conflicts, whoever it belongs to, and makes later openers wait
 * for us. /proc is asked only where the filesystem has none. What was sealed
 * against writing (memfd_create(2)) nobody changes, whoever has it open.
 */
#ifndef QAMI_CHAIN_HOLD_H
#define QAMI_CHAIN_HOLD_H

#include <stdbool.h>

/* Opens a file so that nobody else has it open in any way; false when somebody
 * has. *ret_hold is to be closed when done (-1 where it could not be kept). */
bool hold_alone(int dir, const char *name, int *ret_hold);

enum hold_state {
	HOLD_KEPT,	/* nobody writes, and whoever wants to is held up */
	HOLD_WRITTEN,	/* somebody has it open for writing */
	HOLD_IMPOSSIBLE /* not ours, or the filesystem has no leases */
};

/* Takes a lease against writers on a descriptor that is open for reading
 * only. */
enum hold_state hold_still(int fd);

/* Whether the lease was kept all the time until now. */
bool hold_kept(int fd);

/* Whether the lease was kept all the time, and gives it up. */
bool hold_end(int fd);

/* Whether a process has the file behind the descriptor open for writing, as
 * far as /proc shows us. */
bool hold_writer_seen(int fd);

/* Closes what hold_alone() returned. */
void hold_close(int *hold);

#define auto_hold __attribute__((cleanup(hold_close)))

#endif
