/* vpc.h - the default VPC: one an account, and the addresses in its subnet
 *
 * Who has called once has a VPC, a subnet in it and a security group "default",
 * as on EC2. All VPCs have the same range, and so that instances of different
 * accounts can be told apart by their addresses no two of the store's have the
 * same one.
 */
#ifndef QAMI_IMAGES_VPC_H
#define QAMI_IMAGES_VPC_H

#include "images/registry/vpc.h"
#include "images/store.h"

#define SUBNET_PREFIX 20
#define SUBNET_GATEWAY "172.31.0.1"
#define SUBNET_RESOLVER "172.31.0.2"
#define ADDRESS_SIZE 16 /* dotted quads and the NUL */

/* The caller's VPC; rows are made at the first call, with its group "default"
 * (images/group.h). The caller may be in a transaction. */
bool vpc_default(const struct call *call, struct arena *arena,
		 struct vpc *ret_vpc, struct error *err) must_check;

/* That one, by its own id or its subnet's: FAULT_VPC_NOT_FOUND,
 * FAULT_SUBNET_NOT_FOUND for any other. */
bool vpc_own(const struct call *call, const char *id, struct arena *arena,
	     struct vpc *ret_vpc, struct error *err) must_check;
bool subnet_own(const struct call *call, const char *id, struct arena *arena,
		struct vpc *ret_vpc, struct error *err) must_check;

/* An address of the subnet that no instance has, in dotted quads; in the
 * transaction of a launch, which writes the instance's row with it. `wanted`
 * NULL: the lowest. FAULT_ADDRESS_IN_USE, FAULT_INVALID_PARAMETER (outside of
 * the subnet, or one of its first four or last), FAULT_ADDRESSES_EXHAUSTED. */
bool address_take(const struct call *call, const char *wanted,
		  char ret_address[ADDRESS_SIZE], struct error *err) must_check;

/* How many are left. */
bool addresses_left(const struct call *call, size_t *ret_left,
		    struct error *err) must_check;

#endif
