/* group.h - security groups: made, changed, found, and what they allow
 *
 * Besides EC2's two rules the group "default" lets this host itself
 * (127.0.0.1/32) in at port 22, or `qami ssh` would be of no use; the rule is
 * listed and can be revoked as any other.
 *
 * Groups are an account's own: another one's can neither be named as a peer nor
 * be told from one that never was. IPv6 ranges are kept and listed; machines
 * have no IPv6, so that they allow nothing.
 */
#ifndef QAMI_IMAGES_GROUP_H
#define QAMI_IMAGES_GROUP_H

#include "images/image.h"
#include "images/registry/group.h"
#include "images/registry/grouprule.h"
#include "images/vpc.h"

#define GROUP_DEFAULT "default"
#define GROUPS_MOST 5 /* that an instance may have */
#define RULES_MOST 60 /* of a group in one direction */

/* Writes the caller's group "default"; vpc_default()'s, in its transaction. */
bool group_make_default(const struct call *call, struct error *err) must_check;

/* What a group will be. All borrowed. */
struct group_request {
	const char *name;
	const char *description;
	const struct pair *tags; /* that tags_check() likes */
	size_t tag_count;
};

/* Makes a group, which lets everything out and nothing in. Name and description
 * have 1 to 255 of EC2's characters, the name does not begin with "sg-":
 * FAULT_INVALID_PARAMETER. FAULT_GROUP_DUPLICATE. */
bool group_create(const struct call *call, const struct group_request *request,
		  struct arena *arena, struct security_group *ret_group,
		  struct error *err) must_check;

/* Removes a group by its id or else by its name. FAULT_GROUP_NOT_FOUND,
 * FAULT_CANNOT_DELETE for "default", FAULT_DEPENDENCY while an instance has it
 * or another group names it. */
bool group_remove(const struct call *call, const char *id, const char *name,
		  struct arena *arena, struct security_group *ret_group,
		  struct error *err) must_check;

/* Whether a text has only characters that EC2 allows in names and descriptions
 * of groups, and at most 255. */
bool group_text_valid(const char *text);

/* The groups of a launch, or that an instance is to have: `ids`, `names`, or
 * both, the caller's own; none: its "default". In the arena, each once.
 * FAULT_GROUP_NOT_FOUND, FAULT_GROUPS_LIMIT. */
bool groups_resolve(const struct call *call, const char *const *ids,
		    size_t id_count, const char *const *names,
		    size_t name_count, struct arena *arena,
		    const char *const **ret_ids, size_t *ret_count,
		    struct error *err) must_check;

/* The caller's group, by its id or else by its name. FAULT_GROUP_NOT_FOUND. */
bool group_find(const struct call *call, const char *id, const char *name,
		struct arena *arena, struct security_group *ret_group,
		struct error *err) must_check;

/* What an instance's groups allow, groups as peers resolved into the addresses
 * of their instances that are not terminated. Of IPv4 only. In the arena. */
struct group_grant {
	bool egress;
	int protocol;	  /* IP's number; -1: all */
	int from, to;	  /* ports; of ICMP type and code; -1: all */
	uint32_t address; /* of the range, host byte order */
	unsigned prefix;
};
bool group_grants(const struct call *call, const char *instance,
		  struct arena *arena, const struct group_grant **ret_grants,
		  size_t *ret_count, struct error *err) must_check;

/* The instances that have to be told when a group changed: its own, and those
 * of groups that have it as a peer. Ids, in the arena. */
bool group_touches(const struct call *call, const char *group,
		   struct arena *arena, const char *const **ret_instances,
		   size_t *ret_count, struct error *err) must_check;

#endif
