/* clock.h - points in time: microseconds since 1970, UTC */
#ifndef QAMI_BASE_CLOCK_H
#define QAMI_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TIME_SIZE 32

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t usec_t;

#define USEC_PER_SEC 1000000LL

/* The end of the year 9999: no date is later, as none has a text. */
#define TIME_MOST (253402300800LL * USEC_PER_SEC - 1)

/* The store's clock: what everything that a user sees a date of is dated by,
 * and what is due at a date goes by. It is the host's until somebody sets,
 * stops or scales it (clockfile.h), and then may jump, either way: nothing
 * sleeps for a difference of it. In a process without a store: the host's. */
usec_t clock_now(void);

/* The host's clock: for what the world outside looks at or is waited for
 * (signatures, tokens, files' ages, log lines, when to try again). */
usec_t clock_wall(void);

/* The clock that never jumps, for measuring; not related to 1970. */
usec_t clock_monotonic(void);

/* What is so long after a time: TIME_MOST at the latest. */
usec_t time_after(usec_t time, usec_t length);

/* Whether a wait of a length that began then is over. One whose beginning lies
 * ahead began before the clock was set back: it is over, as it would last
 * longer than it is long. */
bool time_over(usec_t began, usec_t length, usec_t now);

/* Writes "2026-11-21T01:02:03.000Z", as EC2's XML has it. */
void time_format(usec_t time, char ret_text[TIME_SIZE]);

/* Reads ISO 8601 in UTC: seconds and fraction are optional, the date is not.
 * False when the text is anything else. */
bool time_parse(const char *text, usec_t *ret_time);

#endif
