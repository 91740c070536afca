/* throttle.c - each volume type becomes the limits that EC2 promises */
#include "images/throttle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "images/limits.h"

#define MIB (1024ULL * 1024)
#define SSD (256 * 1024)

static const struct {
	const char *type;
	int64_t size, iops, throughput; /* as asked for */
	uint64_t credits;
	struct machine_throttle wanted;
} cases[] = {
	/* gp2: the bucket is 5.4 million whatever the size; its 1800 s at 3000
	 * become 1862 s while 100 a second flow in again, as EC2 has it */
	{ "gp2",
	  1,
	  0,
	  0,
	  GP2_CREDITS,
	  { 100, 3000, 1800, 128 * MIB, 0, 0, SSD } },
	{ "gp2",
	  170,
	  0,
	  0,
	  GP2_CREDITS,
	  { 510, 3000, 1800, 128 * MIB, 0, 0, SSD } },
	{ "gp2",
	  171,
	  0,
	  0,
	  GP2_CREDITS,
	  { 513, 3000, 1800, 250 * MIB, 0, 0, SSD } },
	{ "gp2",
	  999,
	  0,
	  0,
	  GP2_CREDITS,
	  { 2997, 3000, 1800, 250 * MIB, 0, 0, SSD } },
	/* from 1000 GiB on the baseline is the burst */
	{ "gp2",
	  1000,
	  0,
	  0,
	  GP2_CREDITS,
	  { 3000, 0, 0, 250 * MIB, 0, 0, SSD } },
	{ "gp2",
	  16384,
	  0,
	  0,
	  GP2_CREDITS,
	  { 16000, 0, 0, 250 * MIB, 0, 0, SSD } },
	/* a small bucket, and none */
	{ "gp2", 1, 0, 0, 9000, { 100, 3000, 3, 128 * MIB, 0, 0, SSD } },
	{ "gp2", 1, 0, 0, 0, { 100, 0, 0, 128 * MIB, 0, 0, SSD } },
	{ "gp3", 8, 0, 0, 0, { 3000, 0, 0, 125 * MIB, 0, 0, SSD } },
	{ "gp3", 8, 4000, 1000, 0, { 4000, 0, 0, 1000 * MIB, 0, 0, SSD } },
	{ "io1", 4, 100, 0, 0, { 100, 0, 0, 1000 * MIB, 0, 0, SSD } },
	{ "io2", 4, 4000, 0, 0, { 4000, 0, 0, 4000 * MIB, 0, 0, SSD } },
	/* 1 TiB of st1: 40 MiB/s, 250 out of a bucket of 1 TiB */
	{ "st1",
	  1024,
	  0,
	  0,
	  0,
	  { 500, 0, 0, 40 * MIB, 250 * MIB, 4194, 1024 * 1024 } },
	{ "st1",
	  125,
	  0,
	  0,
	  0,
	  { 500, 0, 0, 5120000, 32000000, 4194, 1024 * 1024 } },
	{ "st1",
	  2048,
	  0,
	  0,
	  0,
	  { 500, 0, 0, 80 * MIB, 500 * MIB, 4194, 1024 * 1024 } },
	/* from 12.5 TiB on the base is the most there is */
	{ "st1", 12800, 0, 0, 0, { 500, 0, 0, 500 * MIB, 0, 0, 1024 * 1024 } },
	{ "st1", 16384, 0, 0, 0, { 500, 0, 0, 500 * MIB, 0, 0, 1024 * 1024 } },
	{ "sc1",
	  1024,
	  0,
	  0,
	  0,
	  { 250, 0, 0, 12 * MIB, 80 * MIB, 13107, 1024 * 1024 } },
	{ "sc1",
	  16384,
	  0,
	  0,
	  0,
	  { 250, 0, 0, 192 * MIB, 250 * MIB, 67108, 1024 * 1024 } },
	{ "standard", 1024, 0, 0, 0, { 100, 0, 0, 90 * MIB, 0, 0, 0 } },
};

static void test_types(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct machine_throttle *wanted = &cases[i].wanted;
		struct volume volume = {
			.type = cases[i].type,
			.size = cases[i].size,
			.iops = cases[i].iops,
			.throughput = cases[i].throughput,
		};
		struct error err = { 0 };
		struct machine_throttle got;
		bool fine = volume_check(volume.type, volume.size, &volume.iops,
					 &volume.throughput, &err);

		assert(fine);
		got = volume_throttle(&volume, cases[i].credits);
		printf("%s %" PRId64 " GiB: %" PRIu64 " IOPS (%" PRIu64
		       " for %" PRIu64 " s), %" PRIu64 " bytes (%" PRIu64
		       " for %" PRIu64 " s), each of %" PRIu64 "\n",
		       volume.type, volume.size, got.iops, got.iops_burst,
		       got.iops_burst_seconds, got.bytes, got.bytes_burst,
		       got.bytes_burst_seconds, got.iops_size);
		assert(got.iops == wanted->iops);
		assert(got.iops_burst == wanted->iops_burst);
		assert(got.iops_burst_seconds == wanted->iops_burst_seconds);
		assert(got.bytes == wanted->bytes);
		assert(got.bytes_burst == wanted->bytes_burst);
		assert(got.bytes_burst_seconds == wanted->bytes_burst_seconds);
		assert(got.iops_size == wanted->iops_size);
	}
}

/* What QEMU refuses must never come out: a burst below its rate or without
 * one, or a bucket beyond 10^15. */
static void test_bounds(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct volume_type *type =
			volume_type_find(cases[i].type);

		for (int64_t size = type->least; size <= type->most;
		     size = size == type->most	  ? size + 1 :
			    size * 2 > type->most ? type->most :
						    size * 2) {
			struct volume volume = {
				.type = type->name,
				.size = size,
				.iops = type->iops_required ? 100 : 0,
			};
			struct error err = { 0 };
			struct machine_throttle t;
			bool fine = volume_check(type->name, size, &volume.iops,
						 &volume.throughput, &err);

			assert(fine);
			t = volume_throttle(&volume, GP2_CREDITS);
			assert(t.iops && t.bytes);
			assert(!t.iops_burst ||
			       (t.iops_burst > t.iops && t.iops_burst_seconds));
			assert(!t.bytes_burst || (t.bytes_burst > t.bytes &&
						  t.bytes_burst_seconds));
			assert(t.bytes_burst * t.bytes_burst_seconds <
			       1000000000000000);
		}
	}
}

static void test_credits(void)
{
	unsetenv("QAMI_GP2_CREDITS");
	assert(gp2_credits() == 5400000);
	setenv("QAMI_GP2_CREDITS", "", 1);
	assert(gp2_credits() == 5400000);
	setenv("QAMI_GP2_CREDITS", "9000", 1);
	assert(gp2_credits() == 9000);
	setenv("QAMI_GP2_CREDITS", "0", 1);
	assert(gp2_credits() == 0);
}

int main(void)
{
	test_types();
	test_bounds();
	test_credits();
	return 0;
}
