/* security-group.h - security groups and their rules in a reply */
#ifndef QAMI_ACTION_NOUN_SECURITY_GROUP_H
#define QAMI_ACTION_NOUN_SECURITY_GROUP_H

#include "images/grouprule.h"
#include "launcher/action/reply.h"

/* As DescribeSecurityGroups lists one. */
bool reply_security_group(struct db *db, const struct security_group *group,
			  struct node *into, struct error *err) must_check;

/* Rules as EC2's permissions: those of one protocol and port range, which
 * follow each other, are one. With `missing` only those without an id. */
bool reply_permissions(const struct security_rule *rules, size_t count,
		       bool missing, struct node *list, struct error *err)
	must_check;

/* As DescribeSecurityGroupRules lists one; with `always` even without tags it
 * has a list of them. */
bool reply_rule(struct db *db, const struct security_rule *rule, bool always,
		struct node *into, struct error *err) must_check;

/* As RevokeSecurityGroupIngress tells one that it removed. */
bool reply_revoked_rule(const struct security_rule *rule, struct node *into,
			struct error *err) must_check;

#endif
