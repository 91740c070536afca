/* retain.c - which copies are kept: a year of nights against what is written
 * down of it, and rules one by one
 */
#include "images/retain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DAY (86400 * USEC_PER_SEC)
#define MOST 800

static usec_t at(const char *text)
{
	usec_t time;

	assert(time_parse(text, &time));
	return time;
}

/* What is left of nightly copies from `from` on, after so many nights of
 * making one and letting go of what is not kept; newest first. */
static size_t live(const struct retain_rule *rule, usec_t from, int nights,
		   usec_t *moments)
{
	unsigned why[MOST];
	size_t count = 0;

	for (int night = 0; night < nights; night++) {
		size_t left = 0;

		memmove(moments + 1, moments, count * sizeof(*moments));
		moments[0] = from + night * DAY;
		retain(rule, moments, ++count, moments[0], why);
		for (size_t i = 0; i < count; i++)
			if (why[i])
				moments[left++] = moments[i];
		count = left;
		assert(count < MOST);
	}
	return count;
}

static void is(const usec_t *moments, size_t count, const char *wanted)
{
	char text[4096] = "", time[TIME_SIZE];

	for (size_t i = 0; i < count; i++) {
		time_format(moments[i], time);
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%.10s", i ? " " : "", time);
	}
	if (strcmp(text, wanted) != 0) {
		fprintf(stderr, "wanted %s\ngot    %s\n", wanted, text);
		assert(false);
	}
}

static void test_year(void)
{
	static const struct retain_rule rule = { .daily = 7, .weekly = 4,
						 .monthly = 12 };
	usec_t moments[MOST];
	size_t count = live(&rule, at("2026-01-01T03:00:00Z"), 365, moments);

	/* seven days, four Sundays (the present week's last is the 31st), and
	 * the ends of twelve months */
	is(moments, count,
	   "2026-12-31 2026-12-30 2026-12-29 2026-12-28 2026-12-27 2026-12-26 "
	   "2026-12-25 2026-12-20 2026-12-13 2026-11-30 2026-10-31 2026-09-30 "
	   "2026-08-31 2026-07-31 2026-06-30 2026-05-31 2026-04-30 2026-03-31 "
	   "2026-02-28 2026-01-31");
	/* a month later the January of before has gone */
	count = live(&rule, at("2026-01-01T03:00:00Z"), 365 + 31, moments);
	is(moments, count,
	   "2027-01-31 2027-01-30 2027-01-29 2027-01-28 2027-01-27 2027-01-26 "
	   "2027-01-25 2027-01-24 2027-01-17 2027-01-10 2026-12-31 2026-11-30 "
	   "2026-10-31 2026-09-30 2026-08-31 2026-07-31 2026-06-30 2026-05-31 "
	   "2026-04-30 2026-03-31 2026-02-28");
}

static void test_rules(void)
{
	usec_t now = at("2026-05-31T12:00"), moments[5];
	unsigned why[5];
	char text[KEPT_TEXT_SIZE];

	for (int i = 0; i < 5; i++)
		moments[i] = now - i * 20 * DAY;
	retain(&(struct retain_rule){ .count = 2 }, moments, 5, now, why);
	assert(why[0] && why[1] && !why[2] && !why[4]);
	retain(&(struct retain_rule){ .age = 40, .unit = 'd' }, moments, 5, now,
	       why);
	assert(why[0] && why[1] && !why[2] && !why[3]);
	retain(&(struct retain_rule){ .age = 9, .unit = 'w' }, moments, 5, now,
	       why);
	assert(why[3] && !why[4]);
	retain(&(struct retain_rule){ .age = 2, .unit = 'm' }, moments, 5, now,
	       why);
	assert(why[3] && !why[4]);
	retain(&(struct retain_rule){ .age = 1, .unit = 'y' }, moments, 5, now,
	       why);
	assert(why[4] == KEPT_YOUNG);
	retain(&(struct retain_rule){ .count = 0 }, moments, 5, now, why);
	assert(!why[0]);
	/* several of a day: the latest; and days without any do not count */
	moments[1] = now - 1;
	moments[2] = now - 2;
	retain(&(struct retain_rule){ .daily = 2, .monthly = 1 }, moments, 5,
	       now, why);
	assert(why[0] == (KEPT_DAY | KEPT_MONTH) && !why[1] && !why[2] &&
	       why[3] == KEPT_DAY && !why[4]);
	retain_text(why[0], text);
	assert(strcmp(text, "daily, monthly") == 0);
	retain(&(struct retain_rule){ .daily = 1 }, moments, 0, now, why);
}

int main(void)
{
	test_year();
	test_rules();
	return 0;
}
