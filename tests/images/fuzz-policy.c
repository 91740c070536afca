/* fuzz-policy.c - libFuzzer upon lifecycle policies and prices
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/images/fuzz-policy.c \
 *     images/base/arena.c images/base/buf.c images/base/clock.c \
 *     images/base/error.c images/base/money.c images/policy.c \
 *     images/schedule.c images/retain.c images/tags.c \
 *     -no-pie -Wl,--unresolved-symbols=ignore-all \
 *     -ljansson -lcrypto -ldl -pthread -o fuzz-policy
 *   ./fuzz-policy -max_len=8192 -timeout=5 -rss_limit_mb=512 CORPUS
 *
 * The first eight bytes say what time it is, the rest is a document, and an
 * amount of dollars. What a policy that is let in does then is as its headers
 * say: moments on their sides of the time, and the latest copy kept whenever
 * any is by its number.
 */
#include <stdlib.h>
#include <string.h>

#include "images/base/clockfile.h"
#include "images/base/money.h"
#include "images/policy.h"

#define COPIES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right)
{
	if (!right)
		abort();
}

/* Copies at the schedule's last moments, and what is kept of them. */
static void keep(const struct policy_schedule *schedule, usec_t now)
{
	usec_t moments[COPIES];
	unsigned why[COPIES];
	char text[KEPT_TEXT_SIZE];
	size_t count = 0;

	/* no clock is ever before 1970 */
	for (usec_t at = now; at >= 0 && count < COPIES;
	     at = moments[count++] - 1) {
		moments[count] = schedule_last(&schedule->when, at);
		if (moments[count] < 0)
			break;
		must(moments[count] <= at);
	}
	retain(&schedule->keep, moments, count, now, why);
	for (size_t i = 0; i < count; i++) {
		retain_text(why[i], text);
		must(!why[i] == !*text);
		must((why[i] & KEPT_LAST) ==
		     ((int64_t)i < schedule->keep.count ? KEPT_LAST : 0));
	}
	if (count && schedule->keep.daily)
		must(why[0] & KEPT_DAY);
}

static void run(const struct policy_schedule *schedule, usec_t now)
{
	usec_t last = schedule_last(&schedule->when, now);
	usec_t next = schedule_next(&schedule->when, now);

	must(*schedule->name);
	must(last <= now && (next == -1 || next > now));
	if (last > 0)
		must(schedule_last(&schedule->when, last) == last &&
		     schedule_next(&schedule->when, last - 1) == last);
	if (next >= 0)
		must(schedule_last(&schedule->when, next) == next);
	keep(schedule, now);
}

static void price(const char *text)
{
	char again[MONEY_SIZE];
	micros_t amount, same;

	if (!money_parse(text, &amount))
		return;
	must(amount >= 0);
	money_format(amount, again);
	must(money_parse(again, &same) && same == amount);
	must(money_bytes(1ULL << 30, amount) == amount);
	must(money_bytes(1ULL << 43, amount) >= amount);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_of(arena) arena = arena_new();
	struct error err = { 0 };
	struct policy policy;
	uint64_t time;
	char *text;

	if (size < sizeof(time) || !arena)
		return 0;
	memcpy(&time, data, sizeof(time));
	text = arena_alloc(arena, size - sizeof(time) + 1);
	memcpy(text, data + sizeof(time), size - sizeof(time));
	text[size - sizeof(time)] = 0;
	price(text);
	if (!policy_read(text, arena, &policy, &err)) {
		must(err.fault == FAULT_INVALID_PARAMETER && *err.text);
		return 0;
	}
	must(policy.schedule_count >= 1 && policy.target_count >= 1);
	for (size_t i = 0; i < policy.schedule_count; i++)
		run(&policy.schedules[i], (usec_t)(time % CLOCK_MOST));
	return 0;
}
