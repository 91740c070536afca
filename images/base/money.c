/* money.c - amounts of dollars, in whole millionths of one */
#include "images/base/money.h"

#include <stdio.h>
#include <string.h>

#define DOLLAR 1000000
#define DECIMALS 6
#define DIGITS_MOST 9

void money_format(micros_t amount, char ret_text[MONEY_SIZE])
{
	uint64_t value = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	char *end;

	snprintf(ret_text, MONEY_SIZE, "%s%llu.%06llu", amount < 0 ? "-" : "",
		 (unsigned long long)(value / DOLLAR),
		 (unsigned long long)(value % DOLLAR));
	end = strchr(ret_text, 0);
	for (int i = DECIMALS; i > 2 && end[-1] == '0'; i--)
		*--end = 0;
}

/* Digits as a number, and behind them; false where there are too many. */
static bool digits(const char **text, size_t most, size_t *ret_count,
		   micros_t *ret_value)
{
	micros_t value = 0;

	*ret_count = strspn(*text, "0123456789");
	if (*ret_count > most)
		return false;
	for (size_t i = 0; i < *ret_count; i++)
		value = value * 10 + *(*text)++ - '0';
	*ret_value = value;
	return true;
}

bool money_parse(const char *text, micros_t *ret_amount)
{
	micros_t whole, part = 0;
	size_t count, decimals = 0;

	if (!digits(&text, DIGITS_MOST, &count, &whole) || !count)
		return false;
	if (*text == '.') {
		text++;
		if (!digits(&text, DECIMALS, &decimals, &part) || !decimals)
			return false;
	}
	if (*text)
		return false;
	for (size_t i = decimals; i < DECIMALS; i++)
		part *= 10;
	*ret_amount = whole * DOLLAR + part;
	return true;
}

micros_t money_bytes(uint64_t bytes, micros_t per_gib)
{
	unsigned __int128 exact =
		(unsigned __int128)bytes * (unsigned __int128)per_gib;

	return (micros_t)((exact + (1U << 29)) >> 30);
}
