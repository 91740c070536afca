/* group.h - the security_group and instance_group tables */
#ifndef QAMI_REGISTRY_GROUP_H
#define QAMI_REGISTRY_GROUP_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct security_group {
	int64_t seq;
	const char *id; /* "sg-…" */
	const char *owner;
	const char *name; /* unique within the account */
	const char *description;
	const char *vpc; /* read only: its owner's */
	usec_t created;
};

bool security_group_insert(struct db *db, const struct security_group *group,
			   struct error *err) must_check;
bool security_group_get(struct db *db, const char *id, struct arena *arena,
			struct security_group *ret_group, bool *ret_found,
			struct error *err) must_check;
bool security_group_named(struct db *db, const char *owner, const char *name,
			  struct arena *arena, struct security_group *ret_group,
			  bool *ret_found, struct error *err) must_check;

/* Whether an instance that is not terminated has the group, or a rule of
 * another group names it. */
bool security_group_used(struct db *db, const char *id, bool *ret_used,
			 struct error *err) must_check;

/* Removes a group with its rules and the tags of both. It must not be used. */
bool security_group_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Calls `row` for each group that the account owns and the query asks for. The
 * row lives for the call. */
bool security_group_list(struct db *db, const struct query *query,
			 bool (*row)(void *data,
				     const struct security_group *group,
				     struct error *err),
			 void *data, struct error *err) must_check;

/* Gives an instance these groups instead of those that it has. */
bool instance_groups_set(struct db *db, const char *instance,
			 const char *const *ids, size_t count,
			 struct error *err) must_check;

/* The groups of an instance, as they were given; in the arena. */
bool instance_groups(struct db *db, const char *instance, struct arena *arena,
		     const struct security_group **ret_groups,
		     size_t *ret_count, struct error *err) must_check;

/* The instances, not terminated, of a group and of the groups that have a rule
 * with it as a peer. Ids, in the arena. */
bool security_group_reaches(struct db *db, const char *id, struct arena *arena,
			    const char *const **ret_instances,
			    size_t *ret_count, struct error *err) must_check;

#endif
