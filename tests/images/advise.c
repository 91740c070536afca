/* advise.c - every combination of wishes: the decision, and that what is
 * advised is the cheapest that does it
 */
#include "images/advise.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/limits.h"
#include "images/throttle.h"

static micros_t prices[PRICE_COUNT];

/* Persistence, performance, tight, backups, data; at 8 GiB. */
static const struct {
	bool persistence;
	enum performance performance;
	bool tight, backups, data;
	const char *type; /* a volume's, or an instance's: "c3.large" */
	micros_t monthly;
} cases[] = {
#define CASES(persistence, tight, backups, data, low, low_cost, normal,      \
	      normal_cost, high, high_cost)                                  \
	{ persistence, PERFORMANCE_LOW, tight, backups, data, low, low_cost }, \
		{ persistence, PERFORMANCE_NORMAL, tight, backups, data,     \
		  normal, normal_cost },                                     \
	{                                                                    \
		persistence, PERFORMANCE_HIGH, tight, backups, data, high,   \
			high_cost                                            \
	}
	/* what may be lost: fast means an instance store */
	CASES(0, 0, 0, 0, "gp3", 640000, "gp3", 640000, "c3.large", 0),
	CASES(0, 0, 0, 1, "gp3", 640000, "gp3", 640000, "c5d.large", 0),
	CASES(0, 1, 0, 0, "gp3", 640000, "gp3", 640000, "c3.large", 0),
	CASES(0, 1, 0, 1, "gp3", 640000, "gp3", 640000, "c5d.large", 0),
	/* backups: EBS, and what is fast is provisioned or cheap */
	CASES(0, 0, 1, 0, "gp3", 640000, "gp3", 640000, "io2", 261000000),
	CASES(0, 0, 1, 1, "gp3", 640000, "gp3", 640000, "io2", 261000000),
	CASES(0, 1, 1, 0, "gp3", 640000, "gp3", 640000, "gp3", 20640000),
	CASES(0, 1, 1, 1, "gp3", 640000, "gp3", 640000, "gp3", 20640000),
	/* persistence: the same, with backups or without */
	CASES(1, 0, 0, 0, "gp3", 640000, "gp3", 640000, "io2", 261000000),
	CASES(1, 0, 0, 1, "gp3", 640000, "gp3", 640000, "io2", 261000000),
	CASES(1, 1, 0, 0, "gp3", 640000, "gp3", 640000, "gp3", 20640000),
	CASES(1, 1, 0, 1, "gp3", 640000, "gp3", 640000, "gp3", 20640000),
	CASES(1, 0, 1, 0, "gp3", 640000, "gp3", 640000, "io2", 261000000),
	CASES(1, 0, 1, 1, "gp3", 640000, "gp3", 640000, "io2", 261000000),
	CASES(1, 1, 1, 0, "gp3", 640000, "gp3", 640000, "gp3", 20640000),
	CASES(1, 1, 1, 1, "gp3", 640000, "gp3", 640000, "gp3", 20640000),
};

/* What the seed's decision framework answers. */
static bool seed_says_store(bool persistence, bool high)
{
	return !persistence && high;
}

static void check_volume(const struct wishes *wishes,
			 const struct advice *advice)
{
	struct volume volume = {
		.type = advice->volume_type,
		.size = advice->size,
		.iops = advice->iops,
		.throughput = advice->throughput,
	};
	struct machine_throttle does = volume_throttle(&volume, 0);
	const struct volume_type *type = volume_type_find(volume.type);

	assert(type && advice->size >= wishes->size);
	assert(type->bootable || wishes->data);
	assert((int64_t)does.iops >= wishes->iops);
	assert((int64_t)does.bytes >= wishes->throughput << 20);
	assert(!advice->backup == !wishes->backups);
}

static void table(void)
{
	size_t count = sizeof(cases) / sizeof(*cases);

	assert(count == 2 * 3 * 2 * 2 * 2);
	for (size_t i = 0; i < count; i++) {
		const struct wishes wishes = {
			.persistence = cases[i].persistence,
			.performance = cases[i].performance,
			.tight = cases[i].tight,
			.backups = cases[i].backups,
			.data = cases[i].data,
			.size = 8,
		};
		struct error err = { 0 };
		struct advice got;
		const char *type;

		assert(advise(prices, &wishes, &got, &err));
		type = got.instance_store ? got.instance_type : got.volume_type;
		if (strcmp(type, cases[i].type) != 0 ||
		    got.monthly != cases[i].monthly)
			fprintf(stderr, "case %zu: %s at %lld\n", i, type,
				(long long)got.monthly);
		assert(strcmp(type, cases[i].type) == 0);
		assert(got.monthly == cases[i].monthly);
		assert(!got.volume_type == got.instance_store);
		assert(*got.why[0] && *got.why[1]);
		assert(strlen(got.why[0]) < WHY_SIZE - 1);
		if (!wishes.backups)
			assert(got.instance_store ==
			       seed_says_store(wishes.persistence,
					       wishes.performance ==
						       PERFORMANCE_HIGH));
		if (!got.instance_store)
			check_volume(&wishes, &got);
		/* what is asked for against each other is said */
		if (wishes.persistence && wishes.performance == PERFORMANCE_HIGH)
			assert(strstr(got.why[0], "however fast"));
	}
}

/* Figures of one's own; NULL: nothing does that. */
static void asked(const struct wishes *wishes, const char *type, int64_t size,
		  micros_t monthly)
{
	struct error err = { 0 };
	struct advice got;

	if (!type) {
		assert(!advise(prices, wishes, &got, &err));
		assert(err.fault == FAULT_INVALID_PARAMETER);
		return;
	}
	assert(advise(prices, wishes, &got, &err));
	if (strcmp(type, got.volume_type) != 0 || got.monthly != monthly)
		fprintf(stderr, "%s of %lld at %lld\n", got.volume_type,
			(long long)got.size, (long long)got.monthly);
	assert(strcmp(type, got.volume_type) == 0 && got.size == size);
	assert(got.monthly == monthly);
	check_volume(wishes, &got);
}

int main(void)
{
	for (enum price which = 0; which < PRICE_COUNT; which++)
		prices[which] = price_table[which].amount;
	table();
	/* cold data; st1 is never smaller than 125 GiB, and pays off late */
	asked(&(struct wishes){ .data = true, .size = 500,
				.performance = PERFORMANCE_NORMAL }, "gp3", 500,
	      40000000);
	asked(&(struct wishes){ .data = true, .size = 500,
				.performance = PERFORMANCE_LOW },
	      "sc1", 500, 7500000);
	asked(&(struct wishes){ .data = true, .size = 20,
				.performance = PERFORMANCE_LOW },
	      "gp3", 20, 1600000);
	asked(&(struct wishes){ .data = true, .size = 24,
				.performance = PERFORMANCE_LOW },
	      "sc1", 125, 1875000);
	asked(&(struct wishes){ .size = 500, .performance = PERFORMANCE_LOW },
	      "gp3", 500, 40000000);
	asked(&(struct wishes){ .data = true, .size = 4096, .iops = 400,
				.throughput = 100,
				.performance = PERFORMANCE_LOW },
	      "st1", 4096, 184320000);
	/* only io2 goes there */
	asked(&(struct wishes){ .size = 300, .iops = 100000 }, "io2", 300,
	      37500000LL + 32000 * 65000LL + 32000 * 46000LL +
		      36000 * 32000LL);
	asked(&(struct wishes){ .size = 100, .throughput = 3000,
				.persistence = true },
	      "io2", 100, 12500000 + 12000 * 65000);
	asked(&(struct wishes){ .size = 8, .iops = 20000 }, NULL, 0, 0);
	asked(&(struct wishes){ .size = 300, .iops = 1000000 }, NULL, 0, 0);
	asked(&(struct wishes){ .size = 100000 }, NULL, 0, 0);
	/* an instance store's root has 10 GiB, and no type 8 TiB of NVMe */
	asked(&(struct wishes){ .size = 11, .tight = true,
				.performance = PERFORMANCE_HIGH },
	      "gp3", 11, 880000 + 2500 * 5000 + 375 * 40000);
	asked(&(struct wishes){ .size = 8192, .tight = true, .data = true,
				.performance = PERFORMANCE_HIGH },
	      "gp3", 8192, 655360000LL + 13000 * 5000 + 375 * 40000);
	return 0;
}
