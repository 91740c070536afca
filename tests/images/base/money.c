/* money.c - amounts are what was typed, and rounded in one place */
#include "images/base/money.h"

#include <assert.h>
#include <string.h>

static void reads(const char *text, micros_t amount, const char *back)
{
	char again[MONEY_SIZE];
	micros_t got = -1;

	assert(money_parse(text, &got) && got == amount);
	money_format(got, again);
	assert(strcmp(again, back) == 0);
}

static void writes(micros_t amount, const char *text)
{
	char got[MONEY_SIZE];

	money_format(amount, got);
	assert(strcmp(got, text) == 0);
}

int main(void)
{
	static const char *const bad[] = { "",	   ".",	     ".5",  "5.",
					   "-1",   "+1",     "1e3", " 1",
					   "1 ",   "1.2.3",  "0x1", "1,5",
					   "0.1234567", "1234567890", "nan" };
	const uint64_t gib = 1ULL << 30;
	micros_t kept = 77;

	reads("0", 0, "0.00");
	reads("0.05", 50000, "0.05");
	reads("0.0125", 12500, "0.0125");
	reads("3", 3000000, "3.00");
	reads("0.000001", 1, "0.000001");
	reads("00.10", 100000, "0.10");
	reads("999999999.999999", 999999999999999, "999999999.999999");
	writes(-12500, "-0.0125");
	writes(-3000000, "-3.00");
	writes(INT64_MIN, "-9223372036854.775808");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert(!money_parse(bad[i], &kept) && kept == 77);

	assert(money_bytes(gib, 50000) == 50000);
	assert(money_bytes(8 * gib, 80000) == 640000);
	assert(money_bytes(0, 50000) == 0);
	/* a millionth of a dollar is 21474.8 bytes at 5 cents: to the nearest,
	 * up in the middle */
	assert(money_bytes(10737, 50000) == 0);
	assert(money_bytes(10738, 50000) == 1);
	assert(money_bytes(gib / 2, 1) == 1 &&
	       money_bytes(gib / 2 - 1, 1) == 0);
	/* what no double has */
	assert(money_bytes((1ULL << 60) + (1ULL << 29), 1000001) ==
	       1073742897741824 + 500001 - 0);
	return 0;
}
