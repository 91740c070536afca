/* schedule.h - when something is to happen again and again, in UTC
 *
 * As AWS writes it: every so many hours from a time of day on, or
 * "cron(MINUTE HOUR DAY MONTH WEEKDAY YEAR)".
 */
#ifndef QAMI_IMAGES_SCHEDULE_H
#define QAMI_IMAGES_SCHEDULE_H

#include "images/base/clock.h"
#include "images/base/error.h"

/* Sets of what each part may be, by bits. */
struct schedule {
	uint64_t minutes;
	uint64_t hours;
	uint64_t days;	   /* of the month, from bit 1 on … */
	bool last_day;	   /* … and "L" */
	uint64_t months;   /* from bit 1 on */
	uint64_t weekdays; /* from bit 0, Sunday, on */
	uint64_t years[4]; /* from 1970 on */
};

/* Every `hours` (1, 2, 3, 4, 6, 8, 12 or 24), at that time "HH:MM" and what
 * follows from it. `where` begins the sentence of a refusal, which is
 * FAULT_INVALID_PARAMETER. */
bool schedule_every(int64_t hours, const char *time, const char *where,
		    struct schedule *ret_schedule, struct error *err)
	must_check;

/* Lists, ranges and steps of numbers (and JAN … DEC, SUN … SAT, where 1 is
 * Sunday); "L" is the last day of a month. As AWS has it, one of the two sorts
 * of days is "?". */
bool schedule_cron(const char *text, const char *where,
		   struct schedule *ret_schedule, struct error *err) must_check;

/* The last moment at or before `now`, or the first one after it; -1 when there
 * is none in the 30 years on that side. */
usec_t schedule_last(const struct schedule *schedule, usec_t now);
usec_t schedule_next(const struct schedule *schedule, usec_t now);

#endif
