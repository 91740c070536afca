/* rbin.h - what the actions of the recycle bin's rules share */
#ifndef QAMI_ACTION_RBIN_H
#define QAMI_ACTION_RBIN_H

#include "images/binrule.h"
#include "launcher/action/action.h"

/* Tags under that name in a call: as a list in the arena, NULL where nothing
 * was said. */
bool rbin_tags(const struct args *args, const char *name, struct arena *arena,
	       const struct bin_tag_list **ret_list, struct error *err)
	must_check;

/* What CreateRule and UpdateRule say alike: the retention period, in days (0
 * when it is not there), a description and tags. */
bool rbin_request(const struct args *args, struct arena *arena,
		  struct bin_request *ret_request, struct error *err)
	must_check;

/* The days of LockConfiguration's UnlockDelay; 0 when it is not there. */
bool rbin_delay(const struct args *args, int64_t *ret_days, struct error *err)
	must_check;

/* Several calls show one, each in an order of its own. */
enum rbin_form {
	RBIN_SHOWN,
	RBIN_MADE,    /* CreateRule: with its own tags */
	RBIN_CHANGED, /* UpdateRule: without its unlock delay */
};

/* All of a rule, as it is answered by itself. */
bool reply_rbin_rule(struct call *call, const struct bin_rule *rule,
		     enum rbin_form form, struct reply *reply,
		     struct error *err) must_check;

/* What a listing says of it. */
void reply_rbin_summary(struct call *call, const struct bin_rule *rule,
			struct node *into);

/* One kind of its tags: {Key, Value} or {ResourceTagKey, ResourceTagValue}. */
bool reply_rbin_tags(struct call *call, const struct bin_rule *rule,
		     enum bin_tags kind, struct node *into, struct error *err)
	must_check;

extern const struct param params_retention[];
extern const struct param params_resource_tag[];
extern const struct param params_lock_configuration[];

#define PARAM_RBIN_RULE                                                        \
	{ "Identifier", PARAM_STRING, PARAM_REQUIRED, NULL, "the rule's id" }
#define PARAM_RBIN_ARN                                                         \
	{ "ResourceArn", PARAM_STRING, PARAM_REQUIRED, NULL,                   \
	  "the rule's ARN, as get-rule shows it" }
#define PARAM_RBIN_RETENTION(flags)                                            \
	{ "RetentionPeriod", PARAM_STRUCT, flags, NULL,                        \
	  "how long things are kept, 1 to 365 days", NULL, params_retention }
#define PARAMS_RBIN_KEEPS                                                      \
	{ "ResourceTags", PARAM_STRUCT, PARAM_LIST | PARAM_NOTHING, NULL,                      \
	  "keep what has one of these tags; none: everything", NULL,           \
	  params_resource_tag },                                               \
	{ "ExcludeResourceTags", PARAM_STRUCT, PARAM_LIST | PARAM_NOTHING, NULL,               \
	  "but not what has one of these", NULL, params_resource_tag }

#endif
