/* clock.c - the clocks and EC2's text of a point in time */
#include "images/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static usec_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

usec_t clock_now(void)
{
	return clock_read(CLOCK_REALTIME);
}

usec_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

void time_format(usec_t time, char ret_text[TIME_SIZE])
{
	time_t seconds = (time_t)(time / USEC_PER_SEC);
	usec_t rest = time % USEC_PER_SEC;
	struct tm tm;
	size_t used;

	if (rest < 0) { /* before 1970 */
		rest += USEC_PER_SEC;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	used = strftime(ret_text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret_text + used, TIME_SIZE - used, ".%03dZ",
		 (int)(rest / 1000));
}

/* Whether a text begins as a shape does, in which 0 stands for any digit.
 * strptime() alone would take blanks, signs and missing digits. */
static bool is_shaped(const char *text, const char *shape)
{
	for (; *shape; text++, shape++)
		if (*shape == '0' ? *text < '0' || *text > '9' :
				    *text != *shape)
			return false;
	return true;
}

/* Reads ".123" if it is there; false when no digit follows the point. */
static bool read_fraction(const char **text, usec_t *ret_fraction)
{
	const char *digit = *text;

	*ret_fraction = 0;
	if (*digit != '.')
		return true;
	for (usec_t unit = USEC_PER_SEC / 10; *++digit >= '0' && *digit <= '9';
	     unit /= 10)
		*ret_fraction += unit * (*digit - '0');
	if (digit == *text + 1)
		return false;
	*text = digit;
	return true;
}

bool time_parse(const char *text, usec_t *ret_time)
{
	static const struct {
		const char *shape, *form;
	} forms[] = {
		{ "0000-00-00T00:00:00", "%Y-%m-%dT%H:%M:%S" },
		{ "0000-00-00T00:00", "%Y-%m-%dT%H:%M" },
		{ "0000-00-00", "%Y-%m-%d" },
	};
	struct tm tm = { 0 };
	usec_t fraction = 0;
	const char *rest;
	size_t i = 0;
	int day;
	time_t seconds;

	while (!is_shaped(text, forms[i].shape))
		if (++i == sizeof(forms) / sizeof(forms[0]))
			return false;
	rest = strptime(text, forms[i].form, &tm);
	if (!rest || (i == 0 && !read_fraction(&rest, &fraction)))
		return false;
	if (*rest == 'Z')
		rest++;
	else if (strcmp(rest, "+00:00") == 0)
		rest += 6;
	if (*rest)
		return false;
	day = tm.tm_mday;
	seconds = timegm(&tm);
	if (tm.tm_mday != day) /* the 30th of February */
		return false;
	*ret_time = (usec_t)seconds * USEC_PER_SEC + fraction;
	return true;
}
