/* limits.h - what a volume of each type may be: the table of ec2-contract 3.5
 */
#ifndef QAMI_IMAGES_LIMITS_H
#define QAMI_IMAGES_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"

struct volume_type {
	const char *name; /* "gp3" */
	int64_t least;	  /* GiB */
	int64_t most;
	int64_t iops_least;
	int64_t iops_most;	  /* 0: cannot be provisioned */
	int64_t iops_per_gib;	  /* provisioned at most */
	int64_t throughput_least; /* MiB/s */
	int64_t throughput_most;  /* 0: cannot be provisioned */
	bool iops_required;
	bool bootable;
	bool previous; /* of a previous generation */
};

/* A type by its place in the table; NULL behind the last. */
const struct volume_type *volume_type_each(size_t at);

/* The type of that name; NULL when EC2 has none. */
const struct volume_type *volume_type_find(const char *name);

/* Checks size (GiB), IOPS and throughput (0: not given) against the type and
 * completes them: what DescribeVolumes shows (gp2: 3 per GiB, 100 to 16000;
 * gp3: 3000 and 125). FAULT_INVALID_PARAMETER for an unknown type or a value
 * out of bounds, FAULT_PARAMETER_COMBINATION for IOPS or throughput that the
 * type does not take, FAULT_MISSING_PARAMETER for IOPS that it requires. */
bool volume_check(const char *type, int64_t size, int64_t *iops,
		  int64_t *throughput, struct error *err) must_check;

/* The IOPS and throughput that a volume has when none were asked for; 0: none,
 * or a type that EC2 has not. */
void volume_unasked(const char *type, int64_t size, int64_t *ret_iops,
		    int64_t *ret_throughput);

#endif
