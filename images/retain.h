/* retain.h - which of several copies in time are kept, and why
 *
 * A pure rule over the moments of what there is. Of each of the last so many
 * days, weeks (from Monday on) and months that have any, in UTC, the latest is
 * kept; days on which nothing was made do not count, so that nothing goes only
 * because nothing new came.
 */
#ifndef QAMI_IMAGES_RETAIN_H
#define QAMI_IMAGES_RETAIN_H

#include <stddef.h>

#include "images/base/clock.h"

enum { KEPT_LAST = 1, KEPT_YOUNG = 2, KEPT_DAY = 4, KEPT_WEEK = 8,
       KEPT_MONTH = 16 };

/* What is kept by any of these; 0: nothing is by that. */
struct retain_rule {
	int64_t count; /* the latest so many */
	int64_t age;   /* as old as so many … */
	char unit;     /* … 'd'ays, 'w'eeks, 'm'onths or 'y'ears */
	int64_t daily, weekly, monthly;
};

/* Says of each moment why it is kept, by bits; 0: it goes. They are in order,
 * the latest first; equal ones are one after the other's older. */
void retain(const struct retain_rule *rule, const usec_t *moments, size_t count,
	    usec_t now, unsigned *ret_why);

/* "daily, monthly"; static text for any bits but 0. */
#define KEPT_TEXT_SIZE 64
void retain_text(unsigned why, char ret_text[KEPT_TEXT_SIZE]);

#endif
