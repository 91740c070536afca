/* advise.h - EBS or instance store, and which volume type
 *
 * The decision: what has to last, or to be backed up, is on EBS; what only has
 * to be fast may be on an instance store; everything else is on EBS. Among
 * volume types the cheapest that does what is asked for, but where speed may
 * cost, the one whose IOPS are provisioned. Pure: the types are those of
 * images/limits.h and images/type.h, enforced by images/throttle.h.
 */
#ifndef QAMI_IMAGES_ADVISE_H
#define QAMI_IMAGES_ADVISE_H

#include "images/price.h"

enum performance { PERFORMANCE_LOW, PERFORMANCE_NORMAL, PERFORMANCE_HIGH };

struct wishes {
	bool persistence; /* data outlives the instance */
	enum performance performance;
	bool tight; /* it shall cost as little as can be */
	bool backups;
	bool data;	    /* nothing boots from it */
	int64_t size;	    /* GiB */
	int64_t iops;	    /* at least; 0: as `performance` says */
	int64_t throughput; /* MiB/s at least; 0: the same */
};

#define WHY_SIZE 200

struct advice {
	bool instance_store;
	const char *instance_type; /* that has such a disk, or NULL */
	const char *volume_type;   /* of EBS, else NULL */
	int64_t size;		   /* GiB, as large as that type must be */
	int64_t iops;		   /* that it has; 0: not counted */
	int64_t throughput;	   /* to be provisioned; 0: nothing */
	micros_t monthly;	   /* the volume's; an instance store is in the
				    * price of the instance */
	micros_t backup;	   /* of one full snapshot, at most */
	char why[2][WHY_SIZE];
};

/* FAULT_INVALID_PARAMETER when no volume type does what is asked for. */
bool advise(const micros_t prices[PRICE_COUNT], const struct wishes *wishes,
	    struct advice *ret_advice, struct error *err) must_check;

#endif
