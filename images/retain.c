/* retain.c - which of several copies in time are kept, and why */
#include "images/retain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct tm parts_of(usec_t moment)
{
	time_t seconds = (time_t)(moment / USEC_PER_SEC);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	return parts;
}

/* Numbers that are the same for moments of the same day, week or month. 1970
 * began on a Thursday. */
static int64_t period(unsigned why, usec_t moment)
{
	int64_t day = moment / (86400 * USEC_PER_SEC);
	struct tm parts;

	if (why == KEPT_DAY)
		return day;
	if (why == KEPT_WEEK)
		return (day + 3) / 7;
	parts = parts_of(moment);
	return parts.tm_year * 12 + parts.tm_mon;
}

static void keep_latest(unsigned why, int64_t most, const usec_t *moments,
			size_t count, unsigned *ret_why)
{
	int64_t kept = 0;

	for (size_t i = 0; i < count && kept < most; i++) {
		if (i && period(why, moments[i]) == period(why, moments[i - 1]))
			continue;
		ret_why[i] |= why;
		kept++;
	}
}

/* Since when something is young enough. */
static usec_t since(const struct retain_rule *rule, usec_t now)
{
	struct tm parts = parts_of(now);
	int64_t days = rule->unit == 'w' ? 7 * rule->age : rule->age;

	if (rule->unit == 'd' || rule->unit == 'w')
		return now - days * 86400 * USEC_PER_SEC;
	parts.tm_mon -= (int)(rule->unit == 'y' ? 12 * rule->age : rule->age);
	return timegm(&parts) * USEC_PER_SEC;
}

void retain(const struct retain_rule *rule, const usec_t *moments, size_t count,
	    usec_t now, unsigned *ret_why)
{
	memset(ret_why, 0, count * sizeof(*ret_why));
	for (size_t i = 0; i < count; i++) {
		if ((int64_t)i < rule->count)
			ret_why[i] |= KEPT_LAST;
		if (rule->age && moments[i] > since(rule, now))
			ret_why[i] |= KEPT_YOUNG;
	}
	keep_latest(KEPT_DAY, rule->daily, moments, count, ret_why);
	keep_latest(KEPT_WEEK, rule->weekly, moments, count, ret_why);
	keep_latest(KEPT_MONTH, rule->monthly, moments, count, ret_why);
}

void retain_text(unsigned why, char ret_text[KEPT_TEXT_SIZE])
{
	static const char *const words[] = { "one of the last", "young enough",
					     "daily", "weekly", "monthly" };
	size_t used = 0;

	ret_text[0] = 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (why >> i & 1)
			used += (size_t)snprintf(ret_text + used,
						 KEPT_TEXT_SIZE - used, "%s%s",
						 used ? ", " : "", words[i]);
}
