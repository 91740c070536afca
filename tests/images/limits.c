/* limits.c - every volume type at, below and above each of its bounds */
#include "images/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *type;
	int64_t size, iops, throughput;
	enum fault fault;
	int64_t ret_iops, ret_throughput; /* or, on a fault, … */
	const char *text;		  /* … a part of its text */
} cases[] = {
	/* gp2: 3 per GiB, 100 to 16000, nothing to provision */
	{ "gp2", 1, 0, 0, FAULT_NONE, 100, 0 },
	{ "gp2", 33, 0, 0, FAULT_NONE, 100, 0 },
	{ "gp2", 34, 0, 0, FAULT_NONE, 102, 0 },
	{ "gp2", 5333, 0, 0, FAULT_NONE, 15999, 0 },
	{ "gp2", 16384, 0, 0, FAULT_NONE, 16000, 0 },
	{ "gp2", 0, 0, 0, FAULT_INVALID_PARAMETER, 0, 0,
	  "0GiB is too small for volume type gp2; minimum is 1GiB" },
	{ "gp2", -1, 0, 0, FAULT_INVALID_PARAMETER },
	{ "gp2", 16385, 0, 0, FAULT_INVALID_PARAMETER, 0, 0,
	  "16385GiB is too large for volume type gp2; maximum is 16384GiB" },
	{ "gp2", INT64_MAX, 0, 0, FAULT_INVALID_PARAMETER },
	{ "gp2", 8, 100, 0, FAULT_PARAMETER_COMBINATION, 0, 0,
	  "The parameter iops is not supported for gp2 volumes" },
	{ "gp2", 8, 0, 125, FAULT_PARAMETER_COMBINATION, 0, 0,
	  "The parameter throughput is not supported for gp2 volumes" },
	/* gp3: 3000 and 125 are anybody's, more goes by size and by IOPS */
	{ "gp3", 1, 0, 0, FAULT_NONE, 3000, 125 },
	{ "gp3", 65536, 0, 0, FAULT_NONE, 3000, 125 },
	{ "gp3", 65537, 0, 0, FAULT_INVALID_PARAMETER },
	{ "gp3", 1, 3000, 125, FAULT_NONE, 3000, 125 },
	{ "gp3", 1, 3001, 0, FAULT_INVALID_PARAMETER, 0, 0,
	  "ratio of 3001.000000 is too high; maximum is 500" },
	{ "gp3", 7, 3500, 0, FAULT_NONE, 3500, 125 },
	{ "gp3", 7, 3501, 0, FAULT_INVALID_PARAMETER },
	{ "gp3", 8, 2999, 0, FAULT_INVALID_PARAMETER, 0, 0,
	  "iops of 2999 is too low; minimum is 3000" },
	{ "gp3", 160, 80000, 2000, FAULT_NONE, 80000, 2000 },
	{ "gp3", 65536, 80001, 0, FAULT_INVALID_PARAMETER, 0, 0,
	  "iops of 80001 is too high; maximum is 80000" },
	{ "gp3", 8, 0, 124, FAULT_INVALID_PARAMETER, 0, 0,
	  "throughput of 124 is too low; minimum is 125" },
	{ "gp3", 8, 0, 750, FAULT_NONE, 3000, 750 },
	{ "gp3", 8, 0, 751, FAULT_INVALID_PARAMETER, 0, 0,
	  "maximum is 0.250000 MiBps per iops" },
	{ "gp3", 100, 8000, 2001, FAULT_INVALID_PARAMETER, 0, 0,
	  "throughput of 2001 is too high; maximum is 2000" },
	{ "gp3", 8, -1, 0, FAULT_INVALID_PARAMETER },
	{ "gp3", 8, 0, -1, FAULT_INVALID_PARAMETER },
	/* io1 and io2: IOPS must be said */
	{ "io1", 8, 0, 0, FAULT_MISSING_PARAMETER, 0, 0,
	  "The parameter iops must be specified for io1 volumes" },
	{ "io1", 3, 100, 0, FAULT_INVALID_PARAMETER },
	{ "io1", 4, 100, 0, FAULT_NONE, 100, 0 },
	{ "io1", 4, 99, 0, FAULT_INVALID_PARAMETER },
	{ "io1", 4, 200, 0, FAULT_NONE, 200, 0 },
	{ "io1", 4, 201, 0, FAULT_INVALID_PARAMETER, 0, 0, "maximum is 50" },
	{ "io1", 16384, 64000, 0, FAULT_NONE, 64000, 0 },
	{ "io1", 16384, 64001, 0, FAULT_INVALID_PARAMETER },
	{ "io1", 16385, 64000, 0, FAULT_INVALID_PARAMETER },
	{ "io1", 8, 100, 125, FAULT_PARAMETER_COMBINATION },
	{ "io2", 8, 0, 0, FAULT_MISSING_PARAMETER },
	{ "io2", 3, 100, 0, FAULT_INVALID_PARAMETER },
	{ "io2", 4, 4000, 0, FAULT_NONE, 4000, 0 },
	{ "io2", 4, 4001, 0, FAULT_INVALID_PARAMETER },
	{ "io2", 65536, 256000, 0, FAULT_NONE, 256000, 0 },
	{ "io2", 65536, 256001, 0, FAULT_INVALID_PARAMETER },
	{ "io2", 65537, 256000, 0, FAULT_INVALID_PARAMETER },
	/* the magnetic ones have neither */
	{ "st1", 124, 0, 0, FAULT_INVALID_PARAMETER },
	{ "st1", 125, 0, 0, FAULT_NONE, 0, 0 },
	{ "st1", 16384, 0, 0, FAULT_NONE, 0, 0 },
	{ "st1", 16385, 0, 0, FAULT_INVALID_PARAMETER },
	{ "st1", 125, 500, 0, FAULT_PARAMETER_COMBINATION },
	{ "sc1", 124, 0, 0, FAULT_INVALID_PARAMETER },
	{ "sc1", 125, 0, 0, FAULT_NONE, 0, 0 },
	{ "sc1", 125, 250, 0, FAULT_PARAMETER_COMBINATION },
	{ "sc1", 125, 0, 250, FAULT_PARAMETER_COMBINATION },
	{ "standard", 1, 0, 0, FAULT_NONE, 0, 0 },
	{ "standard", 1024, 0, 0, FAULT_NONE, 0, 0 },
	{ "standard", 1025, 0, 0, FAULT_INVALID_PARAMETER },
	{ "standard", 8, 100, 0, FAULT_PARAMETER_COMBINATION },
	/* what EC2 does not have */
	{ "gp9", 8, 0, 0, FAULT_INVALID_PARAMETER, 0, 0,
	  "Value (gp9) for parameter volumeType is invalid" },
	{ "GP2", 8, 0, 0, FAULT_INVALID_PARAMETER },
	{ "", 8, 0, 0, FAULT_INVALID_PARAMETER },
};

static void test_check(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = { 0 };
		int64_t iops = cases[i].iops;
		int64_t throughput = cases[i].throughput;
		bool fine = volume_check(cases[i].type, cases[i].size, &iops,
					 &throughput, &err);

		printf("%s %" PRId64 " GiB, %" PRId64 " IOPS, %" PRId64
		       " MiB/s: %s\n",
		       cases[i].type, cases[i].size, cases[i].iops,
		       cases[i].throughput, fine ? "fine" : err.text);
		assert(fine == (cases[i].fault == FAULT_NONE));
		assert(err.fault == cases[i].fault);
		if (fine) {
			assert(iops == cases[i].ret_iops);
			assert(throughput == cases[i].ret_throughput);
			continue;
		}
		/* a failure leaves what it was given alone */
		assert(iops == cases[i].iops);
		assert(throughput == cases[i].throughput);
		assert(!cases[i].text || strstr(err.text, cases[i].text));
	}
}

static void test_find(void)
{
	static const char *const bootable[] = { "gp2", "gp3", "io1", "io2",
						"standard" };

	for (size_t i = 0; i < sizeof(bootable) / sizeof(bootable[0]); i++) {
		assert(volume_type_find(bootable[i]));
		assert(volume_type_find(bootable[i])->bootable);
	}
	assert(!volume_type_find("st1")->bootable);
	assert(!volume_type_find("sc1")->bootable);
	assert(!volume_type_find("gp"));
	assert(!volume_type_find(""));
}

int main(void)
{
	test_check();
	test_find();
	return 0;
}
