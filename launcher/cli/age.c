/* age.c - how long ago, in a word */
#include "launcher/cli/age.h"

#include <stdio.h>

void age_text(usec_t age, char ret_text[AGE_SIZE])
{
	static const struct {
		long long seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	long long seconds = age > 0 ? age / USEC_PER_SEC : 0;
	size_t i = 0;

	/* two of the smaller unit tell more than one of the larger */
	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	snprintf(ret_text, AGE_SIZE, "%lld%c", seconds / units[i].seconds,
		 units[i].unit);
}
