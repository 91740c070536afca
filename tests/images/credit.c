/* credit.c - buckets of credits, at every size, against AWS's figures */
#include "images/credit.h"

#include <assert.h>
#include <stddef.h>

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR (60 * MINUTE)

/* Whole credits after so long, from an empty bucket. */
static int64_t after(int64_t size, usec_t time)
{
	return credit_fill(size, 0, 1000, 1000 + time) / credit_whole(size);
}

int main(void)
{
	/* AWS's table: size, bucket, and how long one credit takes */
	static const struct {
		int64_t size, most;
		usec_t each;
	} cases[] = {
		{ 1, 10, 6 * MINUTE },
		{ 8, 10, 6 * MINUTE },
		{ 100, 10, 6 * MINUTE },
		{ 102, 10, 6 * MINUTE },
		{ 128, 8, HOUR / 8 },
		{ 256, 4, 15 * MINUTE },
		{ 300, 3, HOUR * 300 / 1024 },
		{ 512, 2, 30 * MINUTE },
		{ 1000, 1, HOUR * 1000 / 1024 },
		{ 1024, 1, HOUR },
		{ 2048, 1, 2 * HOUR },
		{ 16384, 1, 16 * HOUR },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t size = cases[i].size;
		usec_t each = cases[i].each;
		int64_t full = credit_most(size) * credit_whole(size);

		assert(credit_most(size) == cases[i].most);
		assert(after(size, 0) == 0 && after(size, each - 2) == 0);
		assert(after(size, each + 1) == 1);
		/* full, and no more however long nobody comes */
		assert(credit_fill(size, 0, 0, 20 * each + 16 * HOUR) == full);
		assert(credit_fill(size, 0, 0, INT64_MAX) == full);
		assert(credit_fill(size, full, 0, HOUR) == full);
		/* in steps it comes to the same */
		assert(credit_fill(size, credit_fill(size, 0, 0, each / 3),
				   each / 3,
				   each) == credit_fill(size, 0, 0, each));
		/* a clock that went back */
		assert(credit_fill(size, 77, HOUR, 0) == 77);
	}
	assert(credit_optimizing(1024) == HOUR);
	assert(credit_optimizing(16384) == 16 * HOUR);
	assert(credit_optimizing(8) == HOUR / 128);
	return 0;
}
