/* clock.c - the clocks and EC2's text of a point in time
 *
 * The store's clock is read from memory that is mapped from the store's file,
 * so that who has it open sees at once what another process sets. The slot
 * that counts is never written: a reader who finds one half written was held up
 * while the clock was set twice, and looks again.
 */
#include "images/base/clock.h"
#include "images/base/clock-private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static usec_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

usec_t clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

const struct clock_page *clock_page;

uint64_t clock_slot_sum(const struct clock_slot *slot)
{
	const int64_t words[] = { slot->set, slot->wall, slot->store,
				  slot->rate };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum = ((sum << 7 | sum >> 57) ^ (uint64_t)words[i]) *
		      0x9e3779b97f4a7c15;
	return sum;
}

/* False when it is being written. */
static bool slot_read(const struct clock_slot *slot, struct clock_slot *ret)
{
	*ret = (struct clock_slot){
		.set = __atomic_load_n(&slot->set, __ATOMIC_RELAXED),
		.wall = __atomic_load_n(&slot->wall, __ATOMIC_RELAXED),
		.store = __atomic_load_n(&slot->store, __ATOMIC_RELAXED),
		.rate = __atomic_load_n(&slot->rate, __ATOMIC_RELAXED),
		.sum = __atomic_load_n(&slot->sum, __ATOMIC_RELAXED),
	};
	return ret->sum == clock_slot_sum(ret);
}

bool clock_slot_get(const struct clock_page *page, struct clock_slot *ret_slot)
{
	for (int tries = 0; tries < SLOT_TRIES; tries++) {
		int slot = __atomic_load_n(&page->slot, __ATOMIC_ACQUIRE) & 1;

		if (slot_read(&page->slots[slot], ret_slot))
			return true;
	}
	return false;
}

usec_t clock_slot_time(const struct clock_slot *slot, usec_t wall)
{
	__int128 time = wall - slot->wall;

	if (!slot->set)
		return wall;
	time = slot->store + time * slot->rate / RATE_ONE;
	return time < CLOCK_LEAST ? CLOCK_LEAST :
	       time > CLOCK_MOST  ? CLOCK_MOST :
				    (usec_t)time;
}

usec_t clock_now(void)
{
	const struct clock_page *page =
		__atomic_load_n(&clock_page, __ATOMIC_ACQUIRE);
	usec_t wall = clock_wall();
	struct clock_slot slot;

	return page && clock_slot_get(page, &slot) ?
		       clock_slot_time(&slot, wall) :
		       wall;
}

usec_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

usec_t time_after(usec_t time, usec_t length)
{
	return time > TIME_MOST - length ? TIME_MOST : time + length;
}

bool time_over(usec_t began, usec_t length, usec_t now)
{
	return began > now || now - began >= length;
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
