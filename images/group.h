/* group.h - security groups, and the default VPC that they belong to
 *
 * Who has called once has a default VPC, a subnet in it and a group "default",
 * as on EC2. Besides EC2's two rules that group lets this host itself
 * (127.0.0.1/32) in at port 22, or `qami ssh` would be of no use; the rule is
 * listed and can be revoked as any other.
 */
#ifndef QAMI_IMAGES_GROUP_H
#define QAMI_IMAGES_GROUP_H

#include "images/image.h"
#include "images/registry/group.h"
#include "images/store.h"

#define VPC_CIDR "172.31.0.0/16"
#define SUBNET_CIDR "172.31.0.0/20"
#define SUBNET_PREFIX 20
#define SUBNET_GATEWAY "172.31.0.1"
#define SUBNET_RESOLVER "172.31.0.2"
#define GROUP_DEFAULT "default"

/* The caller's VPC; rows are made at the first call. The caller may be in a
 * transaction. */
bool vpc_default(struct call *call, struct arena *arena, struct vpc *ret_vpc,
		 struct error *err) must_check;

/* An address of the subnet that no instance has, in dotted quads; in the
 * transaction of a launch. `wanted` NULL: any. FAULT_ADDRESS_IN_USE,
 * FAULT_INVALID_PARAMETER (outside of the subnet, or one of its first four or
 * last), FAULT_ADDRESSES_EXHAUSTED. */
bool address_take(struct call *call, const char *wanted, char ret_address[16],
		  struct error *err) must_check;

/* The groups of a launch: `ids`, `names`, or both, the caller's own; none: its
 * "default". In the arena. FAULT_GROUP_NOT_FOUND. */
bool groups_resolve(struct call *call, const char *const *ids, size_t id_count,
		    const char *const *names, size_t name_count,
		    struct arena *arena, const char *const **ret_ids,
		    size_t *ret_count, struct error *err) must_check;

/* What an instance's groups allow, groups as peers resolved into the addresses
 * of their instances that are not terminated. Of IPv4 only. In the arena. */
struct group_grant {
	bool egress;
	int protocol; /* IP's number; -1: all */
	int from, to; /* ports; of ICMP type and code; -1: all */
	uint32_t address; /* of the range, host byte order */
	unsigned prefix;
};
bool group_grants(struct call *call, const char *instance, struct arena *arena,
		  const struct group_grant **ret_grants, size_t *ret_count,
		  struct error *err) must_check;

/* The instances that have to be told when a group changed: its own, and those
 * of groups that have it as a peer. Ids, in the arena. */
bool group_touches(struct call *call, const char *group, struct arena *arena,
		   const char *const **ret_instances, size_t *ret_count,
		   struct error *err) must_check;

#endif
