/* mapping.h - which disks a launch gets: EC2's rules for block devices
 *
 * Pure functions over struct mapping (images/registry/image.h): the image's
 * mapping merged with the caller's, checked and completed.
 */
#ifndef QAMI_INSTANCE_MAPPING_H
#define QAMI_INSTANCE_MAPPING_H

#include "images/registry/image.h"
#include "images/type.h"

/* What is known of a snapshot that a mapping names; size in GiB, 0 when the
 * caller may not see it. */
typedef int64_t (*snapshot_size_fn)(void *data, const char *snapshot);

/* One disk that a launch will make, in the order the guest shall see them:
 * the root first, then by device name. */
struct planned_disk {
	const char *device;	  /* "/dev/sda1" */
	const char *virtual_name; /* an instance-store disk, else NULL */
	const char *snapshot;	  /* NULL: empty */
	int64_t size;		  /* GiB, final */
	const char *type;	  /* "gp2" when nobody said otherwise */
	int64_t iops;		  /* 0: the type has none */
	int64_t throughput;	  /* 0: the type has none */
	bool delete_on_termination;
	enum encrypt_wish encrypted;
	const char *kms_key; /* that was named; NULL: none */
	bool root;
};

/* Merges by ec2-contract 3.2: the launch overrides the image's entry of the
 * same device field by field, NoDevice removes it, new names are added;
 * `ephemeralN` beyond what the instance type has is ignored; the root's
 * DeleteOnTermination is true by default, any other's false; the root can
 * override only size (not below the snapshot's), type and DeleteOnTermination.
 * Device names may be given with or without "/dev/". Result in the arena.
 *
 * Faults: BLOCK_DEVICE_MAPPING (size below the snapshot's, a device name that
 * EC2 does not know or that occurs twice, NoDevice with anything else, the
 * root without a snapshot, a snapshot override on the root),
 * MISSING_PARAMETER (neither size nor snapshot), SNAPSHOT_NOT_FOUND,
 * INVALID_PARAMETER and PARAMETER_COMBINATION from volume_check(). */
bool mapping_plan(const struct mapping *image, size_t image_count,
		  const char *root_device, const struct mapping *launch,
		  size_t launch_count, const struct instance_type *type,
		  snapshot_size_fn snapshot_size, void *data,
		  struct arena *arena, const struct planned_disk **ret_disks,
		  size_t *ret_count, struct error *err) must_check;

#endif
