/* group.h - the vpc, security_group, security_group_rule and instance_group
 * tables */
#ifndef QAMI_REGISTRY_GROUP_H
#define QAMI_REGISTRY_GROUP_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct vpc {
	const char *id;
	const char *owner;
	const char *subnet;
	usec_t created;
};

struct security_group {
	int64_t seq;
	const char *id; /* "sg-…" */
	const char *owner;
	const char *name; /* unique within the account */
	const char *description;
	usec_t created;
};

/* One range, or one group, of peers. */
struct security_rule {
	const char *id; /* "sgr-…" */
	const char *group;
	bool egress;
	int64_t protocol;  /* IP's number; -1: all */
	int64_t from_port; /* of ICMP the type; -1: all */
	int64_t to_port;   /* of ICMP the code; -1: all */
	const char *cidr;  /* or NULL: … */
	const char *peer;  /* … a group's id */
	const char *description; /* NULL when none */
};

#endif
