/* grouprule.h - the security_group_rule table */
#ifndef QAMI_REGISTRY_GROUPRULE_H
#define QAMI_REGISTRY_GROUPRULE_H

#include "images/registry/db.h"
#include "images/registry/query.h"

/* One range, or one group, of peers. */
struct security_rule {
	int64_t seq;
	const char *id; /* "sgr-…" */
	const char *group;
	const char *owner; /* read only: its group's */
	bool egress;
	int64_t protocol;	 /* IP's number; -1: all */
	int64_t from_port;	 /* of ICMP the type; -1: all */
	int64_t to_port;	 /* of ICMP the code; -1: all */
	const char *cidr;	 /* or NULL: … */
	const char *peer;	 /* … a group's id */
	const char *description; /* NULL when none */
};

bool security_rule_insert(struct db *db, const struct security_rule *rule,
			  struct error *err) must_check;
bool security_rule_get(struct db *db, const char *id, struct arena *arena,
		       struct security_rule *ret_rule, bool *ret_found,
		       struct error *err) must_check;

/* The rule that says the same of the same group, whatever its id and
 * description. */
bool security_rule_same(struct db *db, const struct security_rule *rule,
			struct arena *arena, struct security_rule *ret_rule,
			bool *ret_found, struct error *err) must_check;

/* Writes all but id and group anew. */
bool security_rule_update(struct db *db, const struct security_rule *rule,
			  struct error *err) must_check;

/* With its tags. */
bool security_rule_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* How many rules a group has in that direction. */
bool security_rule_count(struct db *db, const char *group, bool egress,
			 int64_t *ret_count, struct error *err) must_check;

/* The rules of a group in that direction, as they were made but those of the
 * same protocol and ports together; in the arena. */
bool security_rules_of(struct db *db, const char *group, bool egress,
		       struct arena *arena,
		       const struct security_rule **ret_rules,
		       size_t *ret_count, struct error *err) must_check;

/* Calls `row` for each rule of the account's groups that the query asks for.
 * The row lives for the call. */
bool security_rule_list(struct db *db, const struct query *query,
			bool (*row)(void *data,
				    const struct security_rule *rule,
				    struct error *err),
			void *data, struct error *err) must_check;

/* The rules of an instance's groups, each peer as the addresses ("…/32") of
 * the instances in it that are not terminated: `row` lives for the call, and
 * its `cidr` is never NULL. */
bool security_rules_for(struct db *db, const char *instance,
			bool (*row)(void *data,
				    const struct security_rule *rule,
				    struct error *err),
			void *data, struct error *err) must_check;

#endif
