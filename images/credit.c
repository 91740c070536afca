/* credit.c - the credits of fast snapshot restore */
#include "images/credit.h"

#define HOUR (3600 * USEC_PER_SEC)
#define TIB 1024 /* GiB */
#define MOST 10

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t credit_whole(int64_t size)
{
	return size * HOUR;
}

int64_t credit_most(int64_t size)
{
	int64_t most = least(TIB / size, MOST);

	return most > 1 ? most : 1;
}

int64_t credit_fill(int64_t size, int64_t parts, usec_t from, usec_t to)
{
	int64_t room = credit_most(size) * credit_whole(size) - parts;
	int64_t each = least(TIB, MOST * size); /* parts a microsecond */

	if (to <= from || room <= 0)
		return parts;
	/* an idle bucket is full after so long, and counts no further */
	if (to - from > room / each)
		return parts + room;
	return parts + (to - from) * each;
}

usec_t credit_optimizing(int64_t size)
{
	return size * HOUR / TIB;
}
