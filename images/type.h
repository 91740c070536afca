/* type.h - instance types: what a machine of that name has
 *
 * AWS's own figures. Nothing reserves them: a host with two cores runs an
 * m5.2xlarge, slowly.
 */
#ifndef QAMI_IMAGES_TYPE_H
#define QAMI_IMAGES_TYPE_H

#include <stdbool.h>
#include <stdint.h>

struct instance_type {
	const char *name;
	unsigned vcpus;
	uint64_t memory_mib;
	bool burstable;
	unsigned stores;    /* instance store disks … */
	unsigned store_gib; /* … each of that size */
	bool store_nvme;    /* they appear whether mapped or not */
	bool store_hdd;	    /* spinning; else SSD */
	bool root_store;    /* an instance store root is possible, not only
			     * EBS */
	bool nitro;	    /* KVM with NVMe disks; else Xen */
	bool previous;	    /* of a previous generation */
	unsigned threads;   /* vCPUs per core */
};

/* All types by family and size; a row without a name ends it. */
extern const struct instance_type instance_types[];

/* NULL when there is no such type. */
const struct instance_type *instance_type_find(const char *name);

/* How a burstable type spends its credits unless told otherwise: "standard" for
 * T2, else "unlimited". */
const char *instance_type_credits(const char *name);

#endif
