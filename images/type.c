/* type.c - the table of instance types
 *
 * A selection: the general, compute and memory families that test machines
 * use, and the old ones that can boot from an instance store.
 */
#include "images/type.h"

#include <string.h>

/* What the types of a family share. */
#define NITRO .nitro = true, .threads = 2
#define NVME .nitro = true, .store_nvme = true, .threads = 2
#define OLD .root_store = true, .previous = true, .threads = 2
#define OLD_ONE .root_store = true, .previous = true, .threads = 1
#define DISKS .root_store = true, .store_hdd = true, .threads = 2
#define OLD_DISKS \
	.root_store = true, .store_hdd = true, .previous = true, .threads = 1
#define BURST .burstable = true, .nitro = true, .threads = 2
#define BURST_ONE .burstable = true, .threads = 1

/* Name, vCPUs, MiB; then what is the family's. */
const struct instance_type instance_types[] = {
	{ "c3.large", 2, 3840, .stores = 2, .store_gib = 16, OLD },
	{ "c3.xlarge", 4, 7680, .stores = 2, .store_gib = 40, OLD },
	{ "c3.2xlarge", 8, 15360, .stores = 2, .store_gib = 80, OLD },
	{ "c3.4xlarge", 16, 30720, .stores = 2, .store_gib = 160, OLD },
	{ "c3.8xlarge", 32, 61440, .stores = 2, .store_gib = 320, OLD },
	{ "c5.large", 2, 4096, NITRO },
	{ "c5.xlarge", 4, 8192, NITRO },
	{ "c5.2xlarge", 8, 16384, NITRO },
	{ "c5.4xlarge", 16, 32768, NITRO },
	{ "c5d.large", 2, 4096, .stores = 1, .store_gib = 50, NVME },
	{ "c5d.xlarge", 4, 8192, .stores = 1, .store_gib = 100, NVME },
	{ "c5d.2xlarge", 8, 16384, .stores = 1, .store_gib = 200, NVME },
	{ "c5d.4xlarge", 16, 32768, .stores = 1, .store_gib = 400, NVME },
	{ "c6i.large", 2, 4096, NITRO },
	{ "c6i.xlarge", 4, 8192, NITRO },
	{ "c6i.2xlarge", 8, 16384, NITRO },
	{ "c6i.4xlarge", 16, 32768, NITRO },
	{ "d2.xlarge", 4, 31232, .stores = 3, .store_gib = 2048, DISKS },
	{ "d2.2xlarge", 8, 62464, .stores = 6, .store_gib = 2048, DISKS },
	{ "d2.4xlarge", 16, 124928, .stores = 12, .store_gib = 2048, DISKS },
	{ "d2.8xlarge", 36, 249856, .stores = 24, .store_gib = 2048, DISKS },
	{ "i2.xlarge", 4, 31232, .stores = 1, .store_gib = 800, OLD },
	{ "i2.2xlarge", 8, 62464, .stores = 2, .store_gib = 800, OLD },
	{ "i2.4xlarge", 16, 124928, .stores = 4, .store_gib = 800, OLD },
	{ "i2.8xlarge", 32, 249856, .stores = 8, .store_gib = 800, OLD },
	{ "m1.small", 1, 1740, .stores = 1, .store_gib = 160, OLD_DISKS },
	{ "m1.medium", 1, 3788, .stores = 1, .store_gib = 410, OLD_DISKS },
	{ "m3.medium", 1, 3840, .stores = 1, .store_gib = 4, OLD_ONE },
	{ "m3.large", 2, 7680, .stores = 1, .store_gib = 32, OLD },
	{ "m3.xlarge", 4, 15360, .stores = 2, .store_gib = 40, OLD },
	{ "m3.2xlarge", 8, 30720, .stores = 2, .store_gib = 80, OLD },
	{ "m5.large", 2, 8192, NITRO },
	{ "m5.xlarge", 4, 16384, NITRO },
	{ "m5.2xlarge", 8, 32768, NITRO },
	{ "m5.4xlarge", 16, 65536, NITRO },
	{ "m5d.large", 2, 8192, .stores = 1, .store_gib = 75, NVME },
	{ "m5d.xlarge", 4, 16384, .stores = 1, .store_gib = 150, NVME },
	{ "m5d.2xlarge", 8, 32768, .stores = 1, .store_gib = 300, NVME },
	{ "m5d.4xlarge", 16, 65536, .stores = 2, .store_gib = 300, NVME },
	{ "m6i.large", 2, 8192, NITRO },
	{ "m6i.xlarge", 4, 16384, NITRO },
	{ "m6i.2xlarge", 8, 32768, NITRO },
	{ "m6i.4xlarge", 16, 65536, NITRO },
	{ "r3.large", 2, 15616, .stores = 1, .store_gib = 32, OLD },
	{ "r3.xlarge", 4, 31232, .stores = 1, .store_gib = 80, OLD },
	{ "r3.2xlarge", 8, 62464, .stores = 1, .store_gib = 160, OLD },
	{ "r3.4xlarge", 16, 124928, .stores = 1, .store_gib = 320, OLD },
	{ "r3.8xlarge", 32, 249856, .stores = 2, .store_gib = 320, OLD },
	{ "r5.large", 2, 16384, NITRO },
	{ "r5.xlarge", 4, 32768, NITRO },
	{ "r5.2xlarge", 8, 65536, NITRO },
	{ "r6i.large", 2, 16384, NITRO },
	{ "r6i.xlarge", 4, 32768, NITRO },
	{ "r6i.2xlarge", 8, 65536, NITRO },
	{ "t2.nano", 1, 512, BURST_ONE },
	{ "t2.micro", 1, 1024, BURST_ONE },
	{ "t2.small", 1, 2048, BURST_ONE },
	{ "t2.medium", 2, 4096, BURST_ONE },
	{ "t2.large", 2, 8192, BURST_ONE },
	{ "t2.xlarge", 4, 16384, BURST_ONE },
	{ "t2.2xlarge", 8, 32768, BURST_ONE },
	{ "t3.nano", 2, 512, BURST },
	{ "t3.micro", 2, 1024, BURST },
	{ "t3.small", 2, 2048, BURST },
	{ "t3.medium", 2, 4096, BURST },
	{ "t3.large", 2, 8192, BURST },
	{ "t3.xlarge", 4, 16384, BURST },
	{ "t3.2xlarge", 8, 32768, BURST },
	{ "t3a.nano", 2, 512, BURST },
	{ "t3a.micro", 2, 1024, BURST },
	{ "t3a.small", 2, 2048, BURST },
	{ "t3a.medium", 2, 4096, BURST },
	{ "t3a.large", 2, 8192, BURST },
	{ "t3a.xlarge", 4, 16384, BURST },
	{ "t3a.2xlarge", 8, 32768, BURST },
	{ 0 },
};

const struct instance_type *instance_type_find(const char *name)
{
	for (const struct instance_type *t = instance_types; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

const char *instance_type_credits(const char *name)
{
	return strncmp(name, "t2.", 3) == 0 ? "standard" : "unlimited";
}
