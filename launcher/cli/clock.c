/* clock.c - what the verbs about the store's clock share */
#include "launcher/cli/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/store.h"

/* The rate without zeros that say nothing: "1", "0.25". */
static void rate_text(int64_t rate, char *ret_text, size_t size)
{
	size_t end = (size_t)snprintf(ret_text, size, "%lld.%06lld",
				      (long long)(rate / RATE_ONE),
				      (long long)(rate % RATE_ONE));

	while (ret_text[end - 1] == '0')
		ret_text[--end] = 0;
	if (ret_text[end - 1] == '.')
		ret_text[end - 1] = 0;
}

/* The clock shows what clock_now() says; a process that has none of its own
 * has the host's. */
static void tell(const struct clock_setting *setting, struct reply *reply)
{
	char rate[32], now[TIME_SIZE];
	auto_buf text = BUF_INIT;

	rate_text(setting->real ? RATE_ONE : setting->rate, rate, sizeof(rate));
	time_format(clock_now(), now);
	buf_printf(&text, "%s%s", now,
		   setting->real ? ", the host's clock" : "");
	if (!setting->real && !setting->rate)
		buf_str(&text, ", stands still");
	else if (!setting->real && setting->rate != RATE_ONE)
		buf_printf(&text, ", %s times as fast as the host's", rate);
	node_str(reply->root, "Text", NULL, text.data);
	node_str(reply->root, "Time", NULL, now);
	node_time(reply->root, "HostTime", NULL, clock_wall());
	node_bool(reply->root, "IsHostClock", NULL, setting->real);
	node_str(reply->root, "Rate", NULL, rate);
	reply->raw_text = true;
}

bool clock_tell(struct call *call, struct reply *reply, struct error *err)
{
	auto_free char *path = store_path(call->store, "clock");
	struct clock_setting setting;

	if (!path)
		return fail_memory(err);
	if (!clock_file_read(path, &setting, err))
		return false;
	tell(&setting, reply);
	return true;
}

bool clock_change(struct call *call, enum clock_change change, int64_t value,
		  struct reply *reply, struct error *err)
{
	auto_free char *path = store_path(call->store, "clock");
	struct clock_setting setting;

	if (!path)
		return fail_memory(err);
	if (!clock_file_change(path, change, value, &setting, err))
		return false;
	tell(&setting, reply);
	return true;
}

static bool unit_of(char letter, usec_t *ret_unit)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {
		{ 's', 1 },	{ 'm', 60 },	 { 'h', 3600 },
		{ 'd', 86400 }, { 'w', 604800 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == letter) {
			*ret_unit = units[i].seconds * USEC_PER_SEC;
			return true;
		}
	return false;
}

bool clock_duration(const char *text, usec_t *ret_duration, struct error *err)
{
	const char *p = text;
	usec_t sum = 0, unit;

	do {
		size_t digits = strspn(p += strspn(p, " "), "0123456789");

		if (!digits || digits > 9 || !unit_of(p[digits], &unit))
			return fail(err, FAULT_INVALID_PARAMETER,
				    "'%.64s' is no duration: numbers with s, "
				    "m, h, d or w, like 36h",
				    text);
		if (strtoll(p, NULL, 10) > (CLOCK_MOST - sum) / unit)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "'%.64s' is too long", text);
		sum += strtoll(p, NULL, 10) * unit;
		p += digits + 1;
	} while (*p);
	*ret_duration = sum;
	return true;
}

bool clock_rate(const char *text, int64_t *ret_rate, struct error *err)
{
	size_t whole = strspn(text, "0123456789");
	size_t point = text[whole] == '.';
	size_t part = point ? strspn(text + whole + 1, "0123456789") : 0;
	char millionths[7] = "000000";

	if (!whole || whole > 6 || point != (part > 0) || part > 6 ||
	    text[whole + point + part])
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no rate: how many times as fast as "
			    "the host's, like 60 or 0.25",
			    text);
	memcpy(millionths, text + whole + point, part);
	*ret_rate = atoll(text) * RATE_ONE + atoll(millionths);
	return true;
}
