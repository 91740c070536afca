/* modify.h - ModifyVolume: larger, of another type, faster, while it is used */
#ifndef QAMI_INSTANCE_MODIFY_H
#define QAMI_INSTANCE_MODIFY_H

#include "images/authorise.h"
#include "images/registry/modification.h"

/* Modifications of one volume in 24 hours. */
#define MODIFICATIONS_A_DAY 4

/* Makes a volume what `wanted` says; 0 and NULL in it mean: as it is. When it
 * returns the guest has the size and QEMU the limits, and the modification,
 * which is in ret_modification (in the arena), is completed. IOPS and
 * throughput that were provisioned stay, as far as the type is one that has
 * them. Faults: those of volume_check(), INVALID_PARAMETER for a smaller size
 * or a root volume of a type that none can be, INCORRECT_STATE (neither
 * available nor in use, or nothing can be changed in the machine now),
 * MODIFICATION_STATE (the one before is not completed), MODIFICATION_RATE. */
bool modify_volume(struct call *call, const char *volume,
		   const struct volume_shape *wanted, struct arena *arena,
		   struct modification *ret_modification, struct error *err)
	must_check;

/* Finishes a modification whose process died. */
bool modify_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

#endif
