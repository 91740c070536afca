/* grouprule.h - the rules of a security group: read, added, removed, changed
 *
 * A rule says one range of addresses, or one group of the same account. What
 * EC2 writes in several ways is kept in one: ranges without bits beyond their
 * prefix, ports of protocols that have none as -1.
 */
#ifndef QAMI_IMAGES_GROUPRULE_H
#define QAMI_IMAGES_GROUPRULE_H

#include "images/group.h"

/* A rule as it was said. All borrowed; NULL where nothing was. */
struct rule_request {
	const char *protocol; /* "tcp", "6", "-1", … */
	const int64_t *from;
	const int64_t *to;
	const char *cidr;	/* one of these four: of IPv4, … */
	const char *cidr6;	/* … of IPv6, … */
	const char *peer;	/* … a group's id, … */
	const char *peer_name;	/* … or its name, … */
	const char *peer_owner; /* … which may be said with it */
	const char *description;
};

/* What it means, in the arena, for that group and direction; without an id.
 * FAULT_PERMISSION_MALFORMED for a protocol or port range that there is not,
 * FAULT_INVALID_PARAMETER for other values, FAULT_GROUP_NOT_FOUND. */
bool rule_read(const struct call *call, const struct rule_request *request,
	       const char *group, bool egress, struct arena *arena,
	       struct security_rule *ret_rule, struct error *err) must_check;

/* Gives a group rules, all or none; they get ids, in the arena, and tags.
 * FAULT_PERMISSION_DUPLICATE, FAULT_RULES_LIMIT. */
bool rules_add(const struct call *call, struct security_rule *rules,
	       size_t count, const struct pair *tags, size_t tag_count,
	       struct arena *arena, struct error *err) must_check;

/* Removes those of the rules that the group has, whatever their ids and
 * descriptions. Their ids are filled in; one that it has not keeps NULL, which
 * is no error, as in a default VPC of EC2's. */
bool rules_remove(const struct call *call, struct security_rule *rules,
		  size_t count, struct arena *arena, struct error *err)
	must_check;

/* The rule of that group and direction; FAULT_GROUP_RULE_NOT_FOUND for any
 * other. */
bool rule_find(const struct call *call, const char *group, bool egress,
	       const char *id, struct arena *arena,
	       struct security_rule *ret_rule, struct error *err) must_check;

/* Replaces all but the id of a rule of the group: `rule` has that id, and the
 * direction of the old one is kept. FAULT_GROUP_RULE_NOT_FOUND,
 * FAULT_PERMISSION_DUPLICATE. Within the caller's transaction. */
bool rule_replace(const struct call *call, struct security_rule *rule,
		  struct arena *arena, struct error *err) must_check;

/* Gives the rule that says the same as this one its description (NULL: none).
 * FAULT_PERMISSION_NOT_FOUND. Within the caller's transaction. */
bool rule_describe(const struct call *call, const struct security_rule *rule,
		   struct arena *arena, struct error *err) must_check;

/* "tcp", "-1", or a number as text; in the arena. */
const char *rule_protocol(const struct security_rule *rule,
			  struct arena *arena);

/* Whether a description is one, FAULT_INVALID_PARAMETER; NULL is none. */
bool rule_description_check(const char *text, struct error *err) must_check;

#endif
