/* clock.c - texts of points in time, there and back */
#include "images/base/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MINUTE (60 * USEC_PER_SEC)
#define DAY (24 * 60 * MINUTE)

static const struct {
	usec_t time;
	const char *text;
} texts[] = {
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ 999999, "1970-01-01T00:00:00.999Z" },
	{ 951782400 * USEC_PER_SEC, "2000-02-29T00:00:00.000Z" },
	{ 4102444799 * USEC_PER_SEC + 1000, "2099-12-31T23:59:59.001Z" },
	{ -1000, "1969-12-31T23:59:59.999Z" },
	{ -DAY, "1969-12-31T00:00:00.000Z" },
};

static const struct {
	const char *text;
	usec_t time;
} good[] = {
	{ "1970-01-02", DAY },
	{ "1970-01-02Z", DAY },
	{ "1970-01-02T00:01", DAY + MINUTE },
	{ "1970-01-02T00:01Z", DAY + MINUTE },
	{ "1970-01-02T00:01:02", DAY + MINUTE + 2000000 },
	{ "1970-01-02T00:01:02Z", DAY + MINUTE + 2000000 },
	{ "1970-01-02T00:01:02+00:00", DAY + MINUTE + 2000000 },
	{ "1970-01-02T00:00:00.5Z", DAY + 500000 },
	{ "1970-01-02T00:00:00.123456Z", DAY + 123456 },
	{ "1970-01-02T00:00:00.123456789+00:00", DAY + 123456 },
	{ "2024-02-29T00:00:00Z", 1709164800 * USEC_PER_SEC },
};

static const char *const bad[] = {
	"",
	"now",
	"1970",
	"1970-01",
	"70-01-02",
	"1970-1-2",
	" 1970-01-02",
	"1970-01-02 ",
	"+970-01-02",
	"1970-13-01",
	"1970-00-01",
	"1970-01-32",
	"2023-02-29",
	"2023-02-30T00:00:00Z",
	"1970-01-02T",
	"1970-01-02T00",
	"1970-01-02T24:00:00Z",
	"1970-01-02T00:60:00Z",
	"1970-01-02 00:00:00",
	"1970-01-02T00:00:00+01:00",
	"1970-01-02T00:00:00-00:00",
	"1970-01-02T00:00:00.Z",
	"1970-01-02T00:00.5Z",
	"1970-01-02T00:00:00ZZ",
	"1970-01-02T00:00:00Z ",
	"1970-01-02T 0: 0: 0Z",
};

static void test_texts(void)
{
	char text[TIME_SIZE];
	usec_t time;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		time_format(texts[i].time, text);
		printf("%" PRId64 " %s\n", texts[i].time, text);
		assert(strcmp(text, texts[i].text) == 0);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		printf("%s\n", good[i].text);
		assert(time_parse(good[i].text, &time));
		assert(time == good[i].time);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		printf("%s\n", bad[i]);
		time = 7;
		assert(!time_parse(bad[i], &time));
		assert(time == 7);
	}
}

/* From before 1970 to after 2100, in steps that meet all kinds of days. */
static void test_round_trip(void)
{
	for (usec_t time = -400 * DAY; time < 50000 * DAY;
	     time += 29 * DAY + 3607123000) {
		char text[TIME_SIZE];
		usec_t again;

		time_format(time, text);
		assert(time_parse(text, &again));
		assert(again == time);
	}
}

/* No date is later than the last one that has a text. */
static void test_end(void)
{
	char text[TIME_SIZE];
	usec_t last;

	time_format(TIME_MOST, text);
	assert(strcmp(text, "9999-12-31T23:59:59.999Z") == 0);
	assert(time_parse("9999-12-31T23:59:59.999999Z", &last));
	assert(last == TIME_MOST);
	assert(time_after(TIME_MOST - DAY, DAY) == TIME_MOST);
	assert(time_after(TIME_MOST - DAY, DAY + 1) == TIME_MOST);
	assert(time_after(TIME_MOST, 36500 * DAY) == TIME_MOST);
	assert(time_after(0, DAY) == DAY);
	assert(time_after(DAY, -DAY) == 0);
}

/* A wait is over after its length, and when the clock was set back to before
 * it began. */
static void test_over(void)
{
	assert(!time_over(100, 10, 100) && !time_over(100, 10, 109));
	assert(time_over(100, 10, 110) && time_over(100, 10, 99));
	assert(time_over(100, 0, 100));
	assert(!time_over(TIME_MOST - 5, 10, TIME_MOST));
}

static void test_clocks(void)
{
	usec_t start = clock_monotonic();
	char text[TIME_SIZE];

	time_format(clock_now(), text);
	assert(strcmp(text, "2024-01-01T00:00:00.000Z") > 0);
	assert(clock_monotonic() >= start);
}

int main(void)
{
	test_texts();
	test_round_trip();
	test_end();
	test_over();
	test_clocks();
	return 0;
}
