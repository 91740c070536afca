/* schedule.c - when something is to happen: the moments before and after */
#include "images/schedule.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct error err;

static usec_t at(const char *text)
{
	usec_t time;

	assert(time_parse(text, &time));
	return time;
}

static void moment(usec_t got, const char *wanted)
{
	char text[TIME_SIZE];

	if (!wanted) {
		assert(got == -1);
		return;
	}
	time_format(got, text);
	if (got == -1 || strncmp(text, wanted, strlen(wanted)) != 0) {
		fprintf(stderr, "wanted %s, got %s\n", wanted, text);
		assert(false);
	}
}

static void cron(const char *text, const char *now, const char *last,
		 const char *next)
{
	struct schedule schedule;

	assert(schedule_cron(text, "test", &schedule, &err));
	moment(schedule_last(&schedule, at(now)), last);
	moment(schedule_next(&schedule, at(now)), next);
}

static void refused(const char *text)
{
	struct schedule schedule;

	assert(!schedule_cron(text, "Here", &schedule, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	assert(strncmp(err.text, "Here: ", 6) == 0);
	error_clear(&err);
}

static void every(int64_t hours, const char *time, const char *now,
		  const char *last, const char *next)
{
	struct schedule schedule;

	assert(schedule_every(hours, time, "test", &schedule, &err));
	moment(schedule_last(&schedule, at(now)), last);
	moment(schedule_next(&schedule, at(now)), next);
}

int main(void)
{
	static const char *const wrong[] = {
		"",
		"cron()",
		"0 3 * * ? *",
		"cron(0 3 * * *)",
		"cron(0 3 * * ? * *)",
		"cron(0 3 * * * *)",
		"cron(0 3 ? * ? *)",
		"cron(60 3 * * ? *)",
		"cron(0 24 * * ? *)",
		"cron(0 3 0 * ? *)",
		"cron(0 3 32 * ? *)",
		"cron(0 3 ? * 8 *)",
		"cron(0 3 ? * 2#1 *)",
		"cron(0 3 1 13 ? *)",
		"cron(0 3 * * ? 1969)",
		"cron(0 3 5-2 * ? *)",
		"cron(0 3/0 * * ? *)",
		"cron(0 3, * * ? *)",
		"cron(x 3 * * ? *)",
	};
	struct schedule schedule;

	/* at the moment itself, that is the last one */
	every(24, "03:00", "2027-03-01T03:00", "2027-03-01T03:00",
	      "2027-03-02T03:00");
	every(24, "03:00", "2027-03-01T02:59:59", "2027-02-28T03:00",
	      "2027-03-01T03:00");
	every(6, "20:30", "2027-03-01T03:00", "2027-03-01T02:30",
	      "2027-03-01T08:30");
	every(12, "13:00", "2027-01-01T00:30", "2026-12-31T13:00",
	      "2027-01-01T01:00");
	assert(!schedule_every(5, "01:00", "test", &schedule, &err));
	error_clear(&err);
	assert(!schedule_every(0, "01:00", "test", &schedule, &err));
	error_clear(&err);
	assert(!schedule_every(24, "24:00", "test", &schedule, &err));
	error_clear(&err);
	assert(!schedule_every(24, "1:00", "test", &schedule, &err));
	error_clear(&err);
	assert(!schedule_every(24, "01:000", "test", &schedule, &err));
	error_clear(&err);

	cron("cron(0 3 ? * SUN *)", "2027-03-03T00:00", "2027-02-28T03:00",
	     "2027-03-07T03:00");
	cron("cron(0 3 ? * 1 *)", "2027-03-03T00:00", "2027-02-28T03:00",
	     "2027-03-07T03:00");
	cron("cron(0 3 ? * MON-FRI *)", "2027-03-06T12:00", "2027-03-05T03:00",
	     "2027-03-08T03:00");
	cron("cron(15 4 1 * ? *)", "2027-03-01T04:14", "2027-02-01T04:15",
	     "2027-03-01T04:15");
	cron("cron(0 0 L * ? *)", "2028-02-15T00:00", "2028-01-31T00:00",
	     "2028-02-29T00:00");
	cron("cron(0 0 29 FEB ? *)", "2027-01-01T00:00", "2024-02-29T00:00",
	     "2028-02-29T00:00");
	cron("cron(0/20 8,20 * * ? *)", "2027-01-01T08:45", "2027-01-01T08:40",
	     "2027-01-01T20:00");
	cron("cron(0 0 1 1 ? 2026-2028/2)", "2027-06-01T00:00",
	     "2026-01-01T00:00", "2028-01-01T00:00");
	cron("cron(0 0 30 2 ? *)", "2027-06-01T00:00", NULL, NULL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refused(wrong[i]);
	return 0;
}
