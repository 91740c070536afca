/* clock.h - points in time: microseconds since 1970, UTC */
#ifndef QAMI_BASE_CLOCK_H
#define QAMI_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TIME_SIZE 32

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t usec_t;

#define USEC_PER_SEC 1000000LL

/* The wall clock. */
usec_t clock_now(void);

/* The clock that never jumps, for measuring; not related to 1970. */
usec_t clock_monotonic(void);

/* Writes "2026-11-21T01:02:03.000Z", as EC2's XML has it. */
void time_format(usec_t time, char ret_text[TIME_SIZE]);

/* Reads ISO 8601 in UTC: seconds and fraction are optional, the date is not.
 * False when the text is anything else. */
bool time_parse(const char *text, usec_t *ret_time);

#endif
