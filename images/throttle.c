/* throttle.c - what a volume of each type may do
 *
 * QEMU's leaky bucket is EC2's credit bucket: what a disk does fills it, its
 * rate drains it, and until it is full the disk may do its burst. A bucket of
 * burst × burst_seconds operations is therefore EC2's balance of as many
 * credits, and it lasts, as there, balance ÷ (burst − rate) seconds.
 */
#include "images/throttle.h"

#include <string.h>

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* What EC2 counts as one operation: up to 256 KiB on SSD, 1 MiB on HDD. */
#define SSD_SIZE (256 * KIB)
#define HDD_SIZE (1024 * KIB)

#define SMALL 170 /* GiB up to which gp2 has the lesser throughput */

/* A row per type; throughput in MiB/s, that of HDD per TiB of size. */
static const struct row {
	const char *name;
	uint64_t iops; /* 0: the volume's own */
	uint64_t iops_size;
	uint64_t iops_burst; /* out of gp2's credits */
	uint64_t throughput; /* 0: the volume's own */
	uint64_t throughput_small;
	uint64_t base_per_tib;
	uint64_t burst_per_tib;
} rows[] = {
	{ .name = "gp2",
	  .iops_size = SSD_SIZE,
	  .iops_burst = 3000,
	  .throughput = 250,
	  .throughput_small = 128 },
	{ .name = "gp3", .iops_size = SSD_SIZE },
	{ .name = "io1", .iops_size = SSD_SIZE, .throughput = 1000 },
	{ .name = "io2", .iops_size = SSD_SIZE, .throughput = 4000 },
	{ .name = "st1",
	  .iops = 500,
	  .iops_size = HDD_SIZE,
	  .throughput = 500,
	  .base_per_tib = 40,
	  .burst_per_tib = 250 },
	{ .name = "sc1",
	  .iops = 250,
	  .iops_size = HDD_SIZE,
	  .throughput = 250,
	  .base_per_tib = 12,
	  .burst_per_tib = 80 },
	{ .name = "standard", .iops = 100, .throughput = 90 },
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* HDD throughput grows with the size, and so does the bucket: 1 TiB of credits
 * a TiB. */
static void throttle_hdd(const struct row *row, uint64_t gib,
			 struct machine_throttle *ret)
{
	uint64_t most = row->throughput * MIB;

	ret->bytes = least(row->base_per_tib * MIB * gib / 1024, most);
	ret->bytes_burst = least(row->burst_per_tib * MIB * gib / 1024, most);
	ret->bytes_burst_seconds = gib * GIB / ret->bytes_burst;
	if (ret->bytes_burst == ret->bytes)
		ret->bytes_burst = ret->bytes_burst_seconds = 0;
}

struct machine_throttle volume_throttle(const struct volume *volume,
					uint64_t credits)
{
	struct machine_throttle throttle = { 0 };
	uint64_t gib = (uint64_t)volume->size;
	const struct row *row = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].name, volume->type) == 0)
			row = &rows[i];
	if (!row)
		return throttle;
	throttle.iops = row->iops ? row->iops : (uint64_t)volume->iops;
	throttle.iops_size = row->iops_size;
	throttle.bytes = (row->throughput ? row->throughput :
					    (uint64_t)volume->throughput) *
			 MIB;
	if (row->base_per_tib)
		throttle_hdd(row, gib, &throttle);
	if (row->throughput_small && gib <= SMALL)
		throttle.bytes = row->throughput_small * MIB;
	if (row->iops_burst > throttle.iops && credits >= row->iops_burst) {
		throttle.iops_burst = row->iops_burst;
		throttle.iops_burst_seconds = credits / row->iops_burst;
	}
	return throttle;
}

uint64_t gp2_credits(void)
{
	const char *text = getenv("QAMI_GP2_CREDITS");

	return text && *text ? strtoull(text, NULL, 10) : GP2_CREDITS;
}
