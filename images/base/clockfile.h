/* clockfile.h - a store's clock: a file that each process of the store maps
 *
 * It shows the host's time until it is changed. A change is seen by all at once
 * and stays, whatever is killed on the way: afterwards the clock is as before
 * or as it was to be.
 */
#ifndef QAMI_BASE_CLOCKFILE_H
#define QAMI_BASE_CLOCKFILE_H

#include "images/base/clock.h"
#include "images/base/error.h"

/* The years 1970 to 9999. */
#define CLOCK_LEAST 0LL
#define CLOCK_MOST (253402300799LL * USEC_PER_SEC)

/* As fast as the host's; and the fastest: a year in five minutes. */
#define RATE_ONE 1000000LL
#define RATE_MOST (100000 * RATE_ONE)

/* What a clock is set to: since `wall`, when it showed `store`, it runs at
 * `rate` millionths of the host's. */
struct clock_setting {
	bool real; /* it is the host's */
	usec_t wall;
	usec_t store;
	int64_t rate; /* 0: it stands still */
};

/* Makes clock_now() that of the file, made if it is missing and `make` is
 * true, until clock_leave(). A process has one such clock: false where it has
 * another one already, or there is none here. Threads may each do so with the
 * same file; the last that leaves puts the host's clock back. */
bool clock_enter(const char *path, bool make);
void clock_leave(void);

/* Reads what a file says; a missing one is the host's clock. */
bool clock_file_read(const char *path, struct clock_setting *ret_setting,
		     struct error *err) must_check;

/* Changes a clock. `value` is for CLOCK_SET the time, for CLOCK_FORWARD by how
 * much, for CLOCK_RATE millionths; what is not named goes on as it was. A clock
 * is never set outside of the years it has: FAULT_INVALID_PARAMETER. */
enum clock_change { CLOCK_SET, CLOCK_FORWARD, CLOCK_RATE, CLOCK_REAL };
bool clock_file_change(const char *path, enum clock_change change,
		       int64_t value, struct clock_setting *ret_setting,
		       struct error *err) must_check;

#endif
