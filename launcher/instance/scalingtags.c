/* scalingtags.c - tags of Auto Scaling groups
 *
 * They are part of the group's row: few, and read whole at each launch.
 */
#include <stdlib.h>
#include <string.h>

#include "images/member.h"
#include "images/tags.h"
#include "launcher/instance/scaling.h"

/* Where a tag of that key is; the list's size where there is none. */
static size_t find(const json_t *tags, const char *key)
{
	size_t at = 0;

	while (at < json_array_size(tags) &&
	       strcmp(arg_str(json_array_get(tags, at), "Key", ""), key) != 0)
		at++;
	return at;
}

/* What of a tag is kept. */
static json_t *kept(const json_t *tag)
{
	return json_pack("{s:s, s:s, s:b}", "Key", arg_str(tag, "Key", ""),
			 "Value", arg_str(tag, "Value", ""),
			 "PropagateAtLaunch",
			 arg_bool(tag, "PropagateAtLaunch", false));
}

static bool set_one(json_t *tags, const json_t *tag, struct error *err)
{
	const char *key = arg_str(tag, "Key", "");
	size_t at = find(tags, key);
	int failed;

	if (!tags_check(key, arg_str(tag, "Value", ""), err))
		return false;
	if (at == TAGS_MOST)
		return fail(err, FAULT_TAG_LIMIT, "A group has at most %d tags",
			    TAGS_MOST);
	failed = at < json_array_size(tags) ?
			 json_array_set_new(tags, at, kept(tag)) :
			 json_array_append_new(tags, kept(tag));
	return failed == 0 || fail_memory(err);
}

/* A tag with a value goes only if it has that value. */
static void remove_one(json_t *tags, const json_t *tag)
{
	size_t at = find(tags, arg_str(tag, "Key", ""));
	const char *value = arg_str(tag, "Value", NULL);
	const char *is = arg_str(json_array_get(tags, at), "Value", "");

	if (at < json_array_size(tags) && (!value || strcmp(value, is) == 0))
		json_array_remove(tags, at);
}

static bool change_one(struct call *call, const json_t *tag, bool removes,
		       struct arena *arena, struct error *err)
{
	struct scaling_group group;
	auto_free char *text = NULL;
	json_t *tags;
	bool ok;

	if (!scaling_find(call, arg_str(tag, "ResourceId", ""), arena, &group,
			  err))
		return false;
	tags = json_loads(group.tags, 0, NULL);
	if (!tags)
		return fail(err, FAULT_INTERNAL, "tags of %s are unreadable",
			    group.id);
	if (removes)
		remove_one(tags, tag);
	ok = removes || set_one(tags, tag, err);
	text = ok ? json_dumps(tags, JSON_COMPACT) : NULL;
	json_decref(tags);
	if (!ok)
		return false;
	group.tags = text;
	return text ? scaling_group_update(call->store->db, &group, err) :
		      fail_memory(err);
}

bool scaling_tag(struct call *call, const json_t *tags, bool removes,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	const json_t *tag;
	auto_tx tx = TX_INIT;
	size_t i;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err))
		return false;
	json_array_foreach(tags, i, tag)
		if (!change_one(call, tag, removes, arena, err))
			return false;
	return tx_commit(&tx, err);
}
