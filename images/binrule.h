/* binrule.h - the rules by which the recycle bin keeps what is deleted
 *
 * A rule is for snapshots or for images. It keeps those with one of its tags,
 * or, if it has none, all but those with one of its exclusion tags. Only the
 * latter kind can be locked: then nobody changes or deletes it, until so many
 * days after it was unlocked. Another account's rules answer exactly like those
 * that do not exist: FAULT_RBIN_NOT_FOUND.
 */
#ifndef QAMI_IMAGES_BINRULE_H
#define QAMI_IMAGES_BINRULE_H

#include "images/call.h"
#include "images/registry/binrule.h"

#define BIN_RULES_MOST 250  /* of an account */
#define BIN_TAGS_MOST 50    /* of one kind in a rule, … */
#define BIN_LEFT_MOST 5	    /* … but of those that it does not keep */
#define BIN_TAG_RULES_MOST 5 /* that keep what has the same tag */

struct bin_tag_list {
	const struct bin_tag *tags;
	size_t count;
};

/* What a call says of a rule. */
struct bin_request {
	const char *type;	 /* of a new one */
	const char *description; /* NULL: nothing was said */
	int64_t days;		 /* 0: nothing was said */
	int64_t delay;		 /* of a rule that is locked, days; 0: not */
	const struct bin_tag_list *kept; /* NULL: nothing was said */
	const struct bin_tag_list *left;
	const struct bin_tag_list *own;
};

/* The state of a rule's lock: "locked", "pending_unlock", "unlocked"; NULL when
 * it never was locked. */
const char *bin_rule_state(const struct bin_rule *rule, usec_t now);

/* "arn:aws:rbin:REGION:ACCOUNT:rule/ID"; in the arena. */
const char *bin_rule_arn(const struct call *call, const struct bin_rule *rule,
			 struct arena *arena);

/* A rule of the caller's, by its id or ARN; texts in the arena. */
bool bin_rule_own(const struct call *call, const char *name,
		  struct arena *arena, struct bin_rule *ret_rule,
		  struct error *err) must_check;

/* Each answers with the rule as it is now, in the arena.
 * FAULT_INVALID_PARAMETER for what is out of its range or does not go together,
 * FAULT_RESOURCE_LIMIT, FAULT_RBIN_STATE where its lock is in the way. */
bool bin_rule_create(struct call *call, const struct bin_request *request,
		     struct arena *arena, struct bin_rule *ret_rule,
		     struct error *err) must_check;
bool bin_rule_change(struct call *call, const char *name,
		     const struct bin_request *request, struct arena *arena,
		     struct bin_rule *ret_rule, struct error *err) must_check;
bool bin_rule_lock(struct call *call, const char *name, int64_t delay,
		   struct arena *arena, struct bin_rule *ret_rule,
		   struct error *err) must_check;
bool bin_rule_unlock(struct call *call, const char *name, struct arena *arena,
		     struct bin_rule *ret_rule, struct error *err) must_check;

/* What is in the bin by the rule stays there for its time. */
bool bin_rule_remove(struct call *call, const char *name, struct error *err)
	must_check;

/* Sets tags of the rule's own, and takes them away by their keys. */
bool bin_rule_tag(struct call *call, const char *name,
		  const struct bin_tag_list *tags, struct error *err)
	must_check;
bool bin_rule_untag(struct call *call, const char *name,
		    const char *const *keys, size_t count, struct error *err)
	must_check;

#endif
