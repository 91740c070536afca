/* binrule.h - the bin_rule table: what the recycle bin keeps of what is
 * deleted, and for how long */
#ifndef QAMI_REGISTRY_BINRULE_H
#define QAMI_REGISTRY_BINRULE_H

#include "images/base/clock.h"
#include "images/registry/db.h"

#define BIN_RULE_ID 11 /* letters and digits */

struct bin_rule {
	int64_t seq; /* read only */
	const char *id;
	const char *owner;
	const char *type; /* "EBS_SNAPSHOT" or "EC2_IMAGE" */
	int64_t days;
	const char *description; /* or NULL */
	int locked;		 /* 1, 0, or -1: it never was */
	int64_t delay;		 /* days; 0 where it never was locked */
	usec_t unlocks; /* of one that is not: from when on; 0: it is */
	usec_t created;
};

/* Which of a rule's tags: its own, those of what it keeps, those of what it
 * does not. */
enum bin_tags { BIN_OWN, BIN_KEPT, BIN_LEFT };

struct bin_tag {
	const char *key;
	const char *value; /* NULL: whatever its value */
};

bool bin_rule_insert(struct db *db, const struct bin_rule *rule,
		     struct error *err) must_check;

/* Days, description and lock. */
bool bin_rule_update(struct db *db, const struct bin_rule *rule,
		     struct error *err) must_check;
bool bin_rule_delete(struct db *db, const char *id, struct error *err)
	must_check;

bool bin_rule_get(struct db *db, const char *id, struct arena *arena,
		  struct bin_rule *ret_rule, bool *ret_found, struct error *err)
	must_check;

/* Calls `row` for the account's rules of a type, those after `after`, in the
 * order in which they were made. */
bool bin_rule_list(struct db *db, const char *owner, const char *type,
		   int64_t after,
		   bool (*row)(void *data, const struct bin_rule *rule,
			       struct error *err),
		   void *data, struct error *err) must_check;

bool bin_rule_count(struct db *db, const char *owner, int64_t *ret_count,
		    struct error *err) must_check;

/* Replaces one kind of a rule's tags. */
bool bin_rule_set_tags(struct db *db, const char *id, enum bin_tags kind,
		       const struct bin_tag *tags, size_t count,
		       struct error *err) must_check;

/* One kind of them, in their order; in the arena. */
bool bin_rule_tags(struct db *db, const char *id, enum bin_tags kind,
		   struct arena *arena, const struct bin_tag **ret_tags,
		   size_t *ret_count, struct error *err) must_check;

/* How many of the account's rules keep what has this tag. */
bool bin_rule_count_tag(struct db *db, const char *owner,
			const struct bin_tag *tag, int64_t *ret_count,
			struct error *err) must_check;

/* For how many days the rules of its owner keep a resource, by its tags as
 * they are now; 0: not at all. The longest counts. */
bool bin_rule_match(struct db *db, const char *owner, const char *type,
		    const char *resource, int64_t *ret_days, struct error *err)
	must_check;

#endif
