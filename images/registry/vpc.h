/* vpc.h - the vpc table: an account's default VPC and its one subnet */
#ifndef QAMI_REGISTRY_VPC_H
#define QAMI_REGISTRY_VPC_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

#define VPC_CIDR "172.31.0.0/16"
#define SUBNET_CIDR "172.31.0.0/20"
#define SUBNET_SPACE 4091 /* addresses for instances: EC2 keeps five back */

struct vpc {
	int64_t seq;
	const char *id; /* "vpc-…" */
	const char *owner;
	const char *subnet; /* "subnet-…" */
	const char *zone;   /* the subnet's */
	usec_t created;
};

bool vpc_insert(struct db *db, const struct vpc *vpc, struct error *err)
	must_check;

/* An account's. */
bool vpc_of(struct db *db, const char *owner, struct arena *arena,
	    struct vpc *ret_vpc, bool *ret_found, struct error *err) must_check;

/* Each calls `row` for what the account owns and the query asks for, by the
 * filters of DescribeVpcs or DescribeSubnets. The row lives for the call. */
bool vpc_list(struct db *db, const struct query *query,
	      bool (*row)(void *data, const struct vpc *vpc, struct error *err),
	      void *data, struct error *err) must_check;
bool subnet_list(struct db *db, const struct query *query,
		 bool (*row)(void *data, const struct vpc *vpc,
			     struct error *err),
		 void *data, struct error *err) must_check;

/* Calls `row` for each address that an instance of whatever account has: one
 * that is not terminated, in dotted quads. */
bool addresses_each(struct db *db, void (*row)(void *data, const char *address),
		    void *data, struct error *err) must_check;

#endif
