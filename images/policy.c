/* policy.c - reading a lifecycle policy, every member of it */
#include "images/policy.h"

#include <jansson.h>
#include <string.h>

#include "images/tags.h"

#define SCHEDULES_MOST 4
#define TAGS_MOST_ADDED 45 /* DLM's own ones leave so many */
#define COUNT_MOST 1000

/* A member of the document, and where it is. */
struct spot {
	const json_t *value;
	const char *path;
	struct arena *arena;
};

static bool bad(const struct spot *spot, const char *wanted, struct error *err)
{
	return fail(err, FAULT_INVALID_PARAMETER, "%.120s: %s",
		    *spot->path ? spot->path : "the document", wanted);
}

/* A member of an object; its value is NULL when there is none. */
static bool member(const struct spot *spot, const char *name,
		   struct spot *ret_member, struct error *err)
{
	ret_member->value = json_object_get(spot->value, name);
	ret_member->arena = spot->arena;
	ret_member->path = arena_format(spot->arena, "%s%s%s", spot->path,
					*spot->path ? "." : "", name);
	return ret_member->path || fail_memory(err);
}

static bool item(const struct spot *spot, size_t i, struct spot *ret_item,
		 struct error *err)
{
	ret_item->value = json_array_get(spot->value, i);
	ret_item->arena = spot->arena;
	ret_item->path = arena_format(spot->arena, "%s[%zu]", spot->path, i);
	return ret_item->path || fail_memory(err);
}

/* An object of these members and no others. */
static bool check_object(const struct spot *spot, const char *const *names,
			 struct error *err)
{
	const char *key;
	json_t *value;

	if (!spot->value)
		return bad(spot, "is missing", err);
	if (!json_is_object(spot->value))
		return bad(spot, "must be an object", err);
	json_object_foreach((json_t *)spot->value, key, value) {
		struct spot unknown;
		size_t i = 0;

		while (names[i] && strcmp(names[i], key) != 0)
			i++;
		if (!names[i])
			return member(spot, key, &unknown, err) &&
			       bad(&unknown, "is not known", err);
	}
	return true;
}

static bool check_array(const struct spot *spot, size_t most, struct error *err)
{
	if (!spot->value)
		return bad(spot, "is missing", err);
	if (!json_is_array(spot->value) || !json_array_size(spot->value) ||
	    json_array_size(spot->value) > most)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%.120s: must be a list of 1 to %zu", spot->path,
			    most);
	return true;
}

/* A text; `fallback` where there is none, unless that is NULL. */
static bool read_text(const struct spot *spot, const char *name,
		      const char *fallback, const char **ret_text,
		      struct error *err)
{
	struct spot text;

	if (!member(spot, name, &text, err))
		return false;
	*ret_text = fallback;
	if (!text.value)
		return fallback || bad(&text, "is missing", err);
	if (!json_is_string(text.value) ||
	    strlen(json_string_value(text.value)) > 500)
		return bad(&text, "must be a text of at most 500 bytes", err);
	*ret_text = arena_str(spot->arena, json_string_value(text.value));
	return *ret_text || fail_memory(err);
}

/* A number from 1 on; 0 where there is none. */
static bool read_number(const struct spot *spot, const char *name,
			int64_t *ret_number, struct error *err)
{
	struct spot number;

	if (!member(spot, name, &number, err))
		return false;
	*ret_number = json_integer_value(number.value);
	if (number.value && (!json_is_integer(number.value) ||
			     *ret_number < 1 || *ret_number > COUNT_MOST))
		return bad(&number, "must be a number from 1 to 1000", err);
	return true;
}

static bool read_truth(const struct spot *spot, const char *name, bool fallback,
		       bool *ret_truth, struct error *err)
{
	struct spot truth;

	if (!member(spot, name, &truth, err))
		return false;
	*ret_truth = truth.value ? json_is_true(truth.value) : fallback;
	return !truth.value || json_is_boolean(truth.value) ||
	       bad(&truth, "must be true or false", err);
}

/* One of several words; which one. */
static bool read_word(const struct spot *spot, const char *name,
		      const char *fallback, const char *const *words,
		      size_t *ret_word, struct error *err)
{
	const char *text;
	char all[128] = "must be one of";
	struct spot at;

	if (!read_text(spot, name, fallback, &text, err))
		return false;
	for (*ret_word = 0; words[*ret_word]; ++*ret_word) {
		if (strcmp(words[*ret_word], text) == 0)
			return true;
		strcat(strcat(all, " "), words[*ret_word]);
	}
	return member(spot, name, &at, err) && bad(&at, all, err);
}

static bool read_tag(const struct spot *spot, bool added, struct pair *ret_tag,
		     struct error *err)
{
	static const char *const names[] = { "Key", "Value", NULL };
	struct error why = { FAULT_NONE };

	if (!check_object(spot, names, err) ||
	    !read_text(spot, "Key", NULL, &ret_tag->key, err) ||
	    !read_text(spot, "Value", added ? "" : NULL, &ret_tag->value, err))
		return false;
	return tags_check(ret_tag->key, ret_tag->value, &why) ||
	       bad(spot, why.text, err);
}

static bool read_tags(const struct spot *spot, const char *name, bool added,
		      const struct pair **ret_tags, size_t *ret_count,
		      struct error *err)
{
	struct spot list, one;
	struct pair *tags;
	size_t count;

	*ret_count = 0;
	if (!member(spot, name, &list, err))
		return false;
	if (added && !list.value)
		return true;
	if (!check_array(&list, TAGS_MOST_ADDED, err))
		return false;
	count = json_array_size(list.value);
	tags = arena_alloc(spot->arena, count * sizeof(*tags));
	if (!tags)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!item(&list, i, &one, err) ||
		    !read_tag(&one, added, &tags[i], err))
			return false;
	*ret_tags = tags;
	*ret_count = count;
	return true;
}

/* The one text in a list. */
static bool read_only(const struct spot *spot, const char *name,
		      const char **ret_text, struct spot *ret_at,
		      struct error *err)
{
	struct spot list;

	if (!member(spot, name, &list, err) || !check_array(&list, 1, err) ||
	    !item(&list, 0, ret_at, err))
		return false;
	*ret_text = json_string_value(ret_at->value);
	return *ret_text || bad(ret_at, "must be a text", err);
}

static bool read_create(const struct spot *spot, struct schedule *ret_when,
			struct error *err)
{
	static const char *const names[] = { "CronExpression", "Interval",
					     "IntervalUnit", "Times", NULL };
	static const char *const units[] = { "HOURS", NULL };
	const char *cron, *time;
	struct spot at;
	int64_t hours;
	size_t unit;

	if (!check_object(spot, names, err) ||
	    !read_text(spot, "CronExpression", "", &cron, err) ||
	    !read_number(spot, "Interval", &hours, err))
		return false;
	if (*cron && json_object_size(spot->value) > 1)
		return bad(spot, "CronExpression goes alone", err);
	if (*cron)
		return member(spot, "CronExpression", &at, err) &&
		       schedule_cron(cron, at.path, ret_when, err);
	if (!hours)
		return bad(spot, "needs CronExpression or Interval", err);
	return read_word(spot, "IntervalUnit", NULL, units, &unit, err) &&
	       read_only(spot, "Times", &time, &at, err) &&
	       schedule_every(hours, time, at.path, ret_when, err);
}

static bool read_retain(const struct spot *spot, struct retain_rule *ret_keep,
			struct error *err)
{
	static const char *const names[] = {
		"Count", "Interval", "IntervalUnit", "Daily",
		"Weekly", "Monthly", NULL
	};
	static const char *const units[] = { "DAYS", "WEEKS", "MONTHS",
					     "YEARS", NULL };
	size_t unit = 0;

	*ret_keep = (struct retain_rule){ .count = 0 };
	if (!check_object(spot, names, err) ||
	    !read_number(spot, "Count", &ret_keep->count, err) ||
	    !read_number(spot, "Interval", &ret_keep->age, err) ||
	    !read_number(spot, "Daily", &ret_keep->daily, err) ||
	    !read_number(spot, "Weekly", &ret_keep->weekly, err) ||
	    !read_number(spot, "Monthly", &ret_keep->monthly, err) ||
	    (ret_keep->age &&
	     !read_word(spot, "IntervalUnit", NULL, units, &unit, err)))
		return false;
	if (!ret_keep->age && json_object_get(spot->value, "IntervalUnit"))
		return bad(spot, "IntervalUnit needs Interval", err);
	if (!json_object_size(spot->value))
		return bad(spot, "must keep something", err);
	ret_keep->unit = "dwmy"[unit];
	return true;
}

static bool read_schedule(const struct spot *spot,
			  struct policy_schedule *ret_schedule,
			  struct error *err)
{
	static const char *const names[] = { "Name", "CreateRule",
					     "RetainRule", "CopyTags",
					     "TagsToAdd", NULL };
	struct spot create, keep;

	*ret_schedule = (struct policy_schedule){ .name = NULL };
	if (!check_object(spot, names, err) ||
	    !read_text(spot, "Name", NULL, &ret_schedule->name, err) ||
	    !member(spot, "CreateRule", &create, err) ||
	    !read_create(&create, &ret_schedule->when, err) ||
	    !member(spot, "RetainRule", &keep, err) ||
	    !read_retain(&keep, &ret_schedule->keep, err))
		return false;
	if (!*ret_schedule->name || strlen(ret_schedule->name) > 120)
		return bad(spot, "Name must have 1 to 120 bytes", err);
	return read_truth(spot, "CopyTags", false, &ret_schedule->copy_tags,
			  err) &&
	       read_tags(spot, "TagsToAdd", true, &ret_schedule->tags,
			 &ret_schedule->tag_count, err);
}

static bool read_schedules(const struct spot *spot, struct policy *policy,
			   struct error *err)
{
	struct policy_schedule *all;
	struct spot list, one;

	if (!member(spot, "Schedules", &list, err) ||
	    !check_array(&list, SCHEDULES_MOST, err))
		return false;
	policy->schedule_count = json_array_size(list.value);
	all = arena_alloc(spot->arena, policy->schedule_count * sizeof(*all));
	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < policy->schedule_count; i++) {
		if (!item(&list, i, &one, err) ||
		    !read_schedule(&one, &all[i], err))
			return false;
		for (size_t j = 0; j < i; j++)
			if (strcmp(all[j].name, all[i].name) == 0)
				return bad(&one, "Name is another schedule's",
					   err);
	}
	policy->schedules = all;
	return true;
}

/* An instance is never rebooted for a policy, which is DLM's default. */
static bool check_parameters(const struct spot *spot, bool images,
			     struct error *err)
{
	static const char *const names[] = { "NoReboot", NULL };
	struct spot parameters;
	bool no_reboot;

	if (!member(spot, "Parameters", &parameters, err))
		return false;
	if (!parameters.value)
		return true;
	if (!images)
		return bad(&parameters, "is for IMAGE_MANAGEMENT", err);
	return check_object(&parameters, names, err) &&
	       read_truth(&parameters, "NoReboot", true, &no_reboot, err) &&
	       (no_reboot ||
		bad(&parameters,
		    "NoReboot must be true: no instance is rebooted for a "
		    "policy",
		    err));
}

static bool read_details(const struct spot *spot, struct policy *policy,
			 struct error *err)
{
	static const char *const names[] = { "PolicyType", "ResourceTypes",
					     "TargetTags", "Parameters",
					     "Schedules", NULL };
	static const char *const types[] = { "EBS_SNAPSHOT_MANAGEMENT",
					     "IMAGE_MANAGEMENT", NULL };
	const char *resource;
	struct spot at;
	size_t type;

	if (!check_object(spot, names, err) ||
	    !read_word(spot, "PolicyType", types[0], types, &type, err) ||
	    !read_only(spot, "ResourceTypes", &resource, &at, err))
		return false;
	policy->images = type == 1;
	if (strcmp(resource, policy->images ? "INSTANCE" : "VOLUME") != 0)
		return bad(&at,
			   policy->images ? "must be INSTANCE" :
					    "must be VOLUME",
			   err);
	return read_tags(spot, "TargetTags", false, &policy->targets,
			 &policy->target_count, err) &&
	       check_parameters(spot, policy->images, err) &&
	       read_schedules(spot, policy, err);
}

bool policy_read(const char *text, struct arena *arena,
		 struct policy *ret_policy, struct error *err)
{
	static const char *const names[] = { "Description", "State",
					     "PolicyDetails", NULL };
	static const char *const states[] = { "ENABLED", "DISABLED", NULL };
	struct spot root = { .path = "", .arena = arena }, details;
	json_error_t why;
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	size_t state;
	bool ok;

	*ret_policy = (struct policy){ .enabled = true };
	if (!document)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the document is no JSON: line %d: %.100s",
			    why.line, why.text);
	root.value = document;
	ok = check_object(&root, names, err) &&
	     read_text(&root, "Description", "", &ret_policy->description,
		       err) &&
	     read_word(&root, "State", states[0], states, &state, err) &&
	     member(&root, "PolicyDetails", &details, err) &&
	     read_details(&details, ret_policy, err);
	ret_policy->enabled = ok && state == 0;
	json_decref(document);
	return ok;
}
