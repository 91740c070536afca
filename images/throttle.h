/* throttle.h - what a volume of each type may do: ec2-contract 3.5 enforced */
#ifndef QAMI_IMAGES_THROTTLE_H
#define QAMI_IMAGES_THROTTLE_H

#include "images/registry/volume.h"
#include "launcher/domain/domain.h"

/* The I/O credits that a full gp2 bucket holds: EC2's. */
#define GP2_CREDITS 5400000

/* The limits of a volume, in QEMU's terms: a pure function of its type, size,
 * IOPS and throughput, and of the size of gp2's credit bucket, which begins
 * full and is counted in whole seconds of 3000 IOPS. A type that EC2 does not
 * have is not limited. */
struct machine_throttle volume_throttle(const struct volume *volume,
					uint64_t gp2_credits);

/* QAMI_GP2_CREDITS, else EC2's: the real bucket takes half an hour to drain,
 * which is too long for a lesson. */
uint64_t gp2_credits(void);

#endif
