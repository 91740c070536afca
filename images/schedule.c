/* schedule.c - when something is to happen again and again, in UTC */
#include "images/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define DAYS_MOST (30 * 366)

/* A part of an expression: what its numbers are, and their names. */
struct part {
	const char *name;
	int least, most;
	const char *words; /* three letters each, from `least` on */
};

enum { MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS, YEARS, PARTS };

static const struct part parts[PARTS] = {
	[MINUTES] = { "minute", 0, 59, "" },
	[HOURS] = { "hour", 0, 23, "" },
	[DAYS] = { "day", 1, 31, "" },
	[MONTHS] = { "month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC" },
	[WEEKDAYS] = { "weekday", 1, 7, "SUNMONTUEWEDTHUFRISAT" },
	[YEARS] = { "year", 1970, 2199, "" },
};

static bool read_number(const struct part *part, const char **text, int *ret)
{
	size_t digits = strspn(*text, "0123456789");
	size_t words = strlen(part->words) / 3;

	if (digits > 0 && digits < 5) {
		*ret = atoi(*text);
		*text += digits;
		return *ret >= part->least && *ret <= part->most;
	}
	for (size_t i = 0; i < words; i++)
		if (strncasecmp(*text, part->words + 3 * i, 3) == 0) {
			*ret = part->least + (int)i;
			*text += 3;
			return true;
		}
	return false;
}

/* One member of a list: "5", "1-5", a star, each with "/2" behind it. */
static bool read_range(const struct part *part, const char **text,
		       uint64_t *set)
{
	int from = part->least, to = part->most, step = 1;
	bool open = true;

	if (**text == '*') {
		++*text;
	} else {
		if (!read_number(part, text, &from))
			return false;
		open = false;
		to = from;
		if (**text == '-') {
			++*text;
			if (!read_number(part, text, &to) || to < from)
				return false;
		}
	}
	if (**text == '/') {
		size_t digits = strspn(++*text, "0123456789");

		step = digits && digits < 4 ? atoi(*text) : 0;
		*text += digits;
		if (!open && to == from)
			to = part->most;
		if (step < 1)
			return false;
	}
	for (int i = from; i <= to; i += step) {
		int bit = part == &parts[YEARS] ? i - 1970 :
			  part == &parts[WEEKDAYS] ? i - 1 :
						     i;

		set[bit / 64] |= 1ULL << bit % 64;
	}
	return true;
}

static bool read_part(const struct part *part, const char *text, uint64_t *set)
{
	do {
		if (!read_range(part, &text, set))
			return false;
	} while (*text++ == ',');
	return text[-1] == 0;
}

static bool read_parts(char *const words[PARTS], const char *where,
		       struct schedule *schedule, struct error *err)
{
	uint64_t *const sets[PARTS] = {
		&schedule->minutes, &schedule->hours,	 &schedule->days,
		&schedule->months,  &schedule->weekdays, schedule->years,
	};
	bool any_day = strcmp(words[DAYS], "?") == 0;
	bool any_weekday = strcmp(words[WEEKDAYS], "?") == 0;

	if (any_day == any_weekday)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s: one of day and weekday is '?', and only one",
			    where);
	for (int i = 0; i < PARTS; i++) {
		if ((i == DAYS && any_day) || (i == WEEKDAYS && any_weekday))
			*sets[i] = UINT64_MAX;
		else if (i == DAYS && strcmp(words[i], "L") == 0)
			schedule->last_day = true;
		else if (!read_part(&parts[i], words[i], sets[i]))
			return fail(err, FAULT_INVALID_PARAMETER,
				    "%s: '%.32s' is no %s", where, words[i],
				    parts[i].name);
	}
	return true;
}

bool schedule_cron(const char *text, const char *where,
		   struct schedule *ret_schedule, struct error *err)
{
	char copy[256], *words[PARTS + 1], *rest = copy;
	size_t size = strlen(text), count = 0;

	*ret_schedule = (struct schedule){ .minutes = 0 };
	if (size < 7 || size > sizeof(copy) || strncmp(text, "cron(", 5) != 0 ||
	    text[size - 1] != ')')
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s: '%.64s' is not cron(MINUTE HOUR DAY MONTH "
			    "WEEKDAY YEAR)",
			    where, text);
	snprintf(copy, sizeof(copy), "%.*s", (int)(size - 6), text + 5);
	while (count <= PARTS && (words[count] = strtok_r(rest, " ", &rest)))
		count++;
	if (count != PARTS)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s: '%.64s' has not six parts", where, text);
	return read_parts(words, where, ret_schedule, err);
}

bool schedule_every(int64_t hours, const char *time, const char *where,
		    struct schedule *ret_schedule, struct error *err)
{
	static const char shape[] = "00:00";
	int hour, minute;

	for (size_t i = 0; i < sizeof(shape); i++)
		if (shape[i] == '0' ? time[i] < '0' || time[i] > '9' :
				      time[i] != shape[i])
			return fail(err, FAULT_INVALID_PARAMETER,
				    "%s: '%.32s' is no time of day HH:MM",
				    where, time);
	hour = atoi(time);
	minute = atoi(time + 3);
	if (hour > 23 || minute > 59)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s: '%s' is no time of day HH:MM", where, time);
	if (hours < 1 || 24 % hours)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s: a day has no whole number of %lld hours",
			    where, (long long)hours);
	*ret_schedule = (struct schedule){
		.minutes = 1ULL << minute,
		.days = UINT64_MAX,
		.months = UINT64_MAX,
		.weekdays = UINT64_MAX,
		.years = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
	};
	for (int64_t i = 0; i < 24; i += hours)
		ret_schedule->hours |= 1ULL << (hour + i) % 24;
	return true;
}

static bool day_matches(const struct schedule *schedule, time_t seconds)
{
	time_t next = seconds + DAY;
	struct tm day, after;
	int year;

	gmtime_r(&seconds, &day);
	gmtime_r(&next, &after);
	year = day.tm_year - 70;
	return year >= 0 && year < 256 &&
	       schedule->years[year / 64] >> year % 64 & 1 &&
	       schedule->months >> (day.tm_mon + 1) & 1 &&
	       schedule->weekdays >> day.tm_wday & 1 &&
	       (schedule->days >> day.tm_mday & 1 ||
		(schedule->last_day && after.tm_mday == 1));
}

/* The first or last minute of a day that matches, from `from` on; -1: none. */
static int minute_of_day(const struct schedule *schedule, int from, int step)
{
	for (int i = from; i >= 0 && i < 24 * 60; i += step)
		if (schedule->hours >> i / 60 & 1 &&
		    schedule->minutes >> i % 60 & 1)
			return i;
	return -1;
}

static usec_t look(const struct schedule *schedule, time_t from, int step)
{
	time_t day = from - from % DAY;
	int minute = (int)(from % DAY / MINUTE);

	for (int days = 0; days < DAYS_MOST && day >= 0; days++) {
		int found = day_matches(schedule, day) ?
				    minute_of_day(schedule, minute, step) :
				    -1;

		if (found >= 0)
			return (day + (time_t)found * MINUTE) * USEC_PER_SEC;
		day += step * DAY;
		minute = step < 0 ? 24 * 60 - 1 : 0;
	}
	return -1;
}

usec_t schedule_last(const struct schedule *schedule, usec_t now)
{
	return look(schedule, (time_t)(now / USEC_PER_SEC), -1);
}

usec_t schedule_next(const struct schedule *schedule, usec_t now)
{
	return look(schedule,
		    (time_t)(now / USEC_PER_SEC) / MINUTE * MINUTE + MINUTE, 1);
}
