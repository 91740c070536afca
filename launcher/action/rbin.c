/* rbin.c - what the actions of the recycle bin's rules share */
#include "launcher/action/rbin.h"

#include <string.h>

#include "images/store.h"

const struct param params_retention[] = {
	{ "RetentionPeriodValue", PARAM_INTEGER, PARAM_REQUIRED, NULL,
	  "how many" },
	{ "RetentionPeriodUnit", PARAM_STRING, PARAM_REQUIRED, "DAYS",
	  "of what" },
	{ 0 },
};

const struct param params_resource_tag[] = {
	{ "ResourceTagKey", PARAM_STRING, PARAM_REQUIRED, NULL, "its key" },
	{ "ResourceTagValue", PARAM_STRING, PARAM_EMPTY, NULL,
	  "its value; any, if it is left out" },
	{ 0 },
};

static const struct param params_unlock_delay[] = {
	{ "UnlockDelayValue", PARAM_INTEGER, PARAM_REQUIRED, NULL,
	  "how many, 7 to 30" },
	{ "UnlockDelayUnit", PARAM_STRING, PARAM_REQUIRED, "DAYS", "of what" },
	{ 0 },
};

const struct param params_lock_configuration[] = {
	{ "UnlockDelay", PARAM_STRUCT, PARAM_REQUIRED, NULL,
	  "how long it stays locked when it was unlocked", NULL,
	  params_unlock_delay },
	{ 0 },
};

bool rbin_tags(const struct args *args, const char *name, struct arena *arena,
	       const struct bin_tag_list **ret_list, struct error *err)
{
	const json_t *given = args_get(args, name), *one;
	struct bin_tag_list *list;
	struct bin_tag *tags;
	size_t i;

	*ret_list = NULL;
	if (!given)
		return true;
	list = arena_alloc(arena, sizeof(*list));
	tags = arena_alloc(arena, (json_array_size(given) + 1) * sizeof(*tags));
	if (!list || !tags)
		return fail_memory(err);
	json_array_foreach(given, i, one) {
		const char *key = arg_str(one, "ResourceTagKey", NULL);

		tags[i].key = key ? key : arg_str(one, "Key", "");
		tags[i].value = arg_str(one, key ? "ResourceTagValue" : "Value",
					key ? NULL : "");
	}
	*list = (struct bin_tag_list){ tags, json_array_size(given) };
	*ret_list = list;
	return true;
}

/* A number inside of a structure that may be left out, but not be none. */
static bool days_of(const json_t *object, const char *name, int64_t *ret_days,
		    struct error *err)
{
	*ret_days = object ? arg_int(object, name, 0) : 0;
	return !object || *ret_days > 0 ||
	       fail(err, FAULT_INVALID_PARAMETER, "%s must be at least 1",
		    name);
}

bool rbin_request(const struct args *args, struct arena *arena,
		  struct bin_request *ret_request, struct error *err)
{
	*ret_request = (struct bin_request){
		.description = args_str(args, "Description", NULL),
	};
	return days_of(args_get(args, "RetentionPeriod"),
		       "RetentionPeriodValue", &ret_request->days, err) &&
	       rbin_tags(args, "ResourceTags", arena, &ret_request->kept,
			 err) &&
	       rbin_tags(args, "ExcludeResourceTags", arena, &ret_request->left,
			 err);
}

bool rbin_delay(const struct args *args, int64_t *ret_days, struct error *err)
{
	const json_t *lock = args_get(args, "LockConfiguration");

	return days_of(json_object_get(lock, "UnlockDelay"), "UnlockDelayValue",
		       ret_days, err);
}

bool reply_rbin_tags(struct call *call, const struct bin_rule *rule,
		     enum bin_tags kind, struct node *into, struct error *err)
{
	static const char *const names[] = {
		[BIN_OWN] = "Tags",
		[BIN_KEPT] = "ResourceTags",
		[BIN_LEFT] = "ExcludeResourceTags",
	};
	const char *key = kind == BIN_OWN ? "Key" : "ResourceTagKey";
	const char *value = kind == BIN_OWN ? "Value" : "ResourceTagValue";
	auto_of(arena) arena = arena_new();
	const struct bin_tag *tags;
	struct node *list;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!bin_rule_tags(call->store->db, rule->id, kind, arena, &tags,
			   &count, err))
		return false;
	list = node_list(into, names[kind], names[kind]);
	for (size_t i = 0; i < count; i++) {
		struct node *item = node_item(list);

		node_str(item, key, key, tags[i].key);
		node_str(item, value, value, tags[i].value);
	}
	return true;
}

static void reply_days(struct node *into, const char *name, const char *value,
		       const char *unit, int64_t days)
{
	struct node *period = node_struct(into, name, name);

	node_int(period, value, value, days);
	node_str(period, unit, unit, "DAYS");
}

static void reply_retention(const struct bin_rule *rule, struct node *into)
{
	reply_days(into, "RetentionPeriod", "RetentionPeriodValue",
		   "RetentionPeriodUnit", rule->days);
}

static void reply_arn(struct call *call, const struct bin_rule *rule,
		      struct node *into)
{
	node_str(into, "RuleArn", "RuleArn",
		 bin_rule_arn(call, rule, into->reply->arena));
}

/* How it is locked, and its ARN. */
static void reply_lock(struct call *call, const struct bin_rule *rule,
		       struct node *into)
{
	node_str(into, "LockState", "LockState",
		 bin_rule_state(rule, call->now));
	if (!rule->locked && rule->unlocks > call->now)
		node_time(into, "LockEndTime", "LockEndTime", rule->unlocks);
	reply_arn(call, rule, into);
}

void reply_rbin_summary(struct call *call, const struct bin_rule *rule,
			struct node *into)
{
	node_str(into, "Identifier", "Identifier", rule->id);
	node_str(into, "Description", "Description", rule->description);
	reply_retention(rule, into);
	node_str(into, "LockState", "LockState",
		 bin_rule_state(rule, call->now));
	reply_arn(call, rule, into);
}

bool reply_rbin_rule(struct call *call, const struct bin_rule *rule,
		     enum rbin_form form, struct reply *reply,
		     struct error *err)
{
	struct node *into = reply->root;

	node_str(into, "Identifier", "Identifier", rule->id);
	if (form != RBIN_SHOWN)
		reply_retention(rule, into);
	node_str(into, "Description", "Description", rule->description);
	if (form == RBIN_MADE &&
	    !reply_rbin_tags(call, rule, BIN_OWN, into, err))
		return false;
	node_str(into, "ResourceType", "ResourceType", rule->type);
	if (form == RBIN_SHOWN)
		reply_retention(rule, into);
	if (!reply_rbin_tags(call, rule, BIN_KEPT, into, err))
		return false;
	node_str(into, "Status", "Status", "available");
	if (rule->locked >= 0 && form != RBIN_CHANGED)
		reply_days(node_struct(into, "LockConfiguration",
				       "LockConfiguration"),
			   "UnlockDelay", "UnlockDelayValue", "UnlockDelayUnit",
			   rule->delay);
	reply_lock(call, rule, into);
	return reply_rbin_tags(call, rule, BIN_LEFT, into, err);
}
