/* lifecyclemake.c - a schedule's copies are made
 *
 * First the row with the id that it will have, then the thing, then its tags:
 * who finds the row later sees by the id how far that came.
 */
#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/capture.h"
#include "images/lifecycle-private.h"
#include "images/registry/instance.h"
#include "images/registry/volume.h"
#include "images/tags.h"

#define SYSTEM "aws:"

/* The resources that have a target tag, each once. */
struct targets {
	struct arena *arena;
	const char **ids;
	size_t count;
};

static bool add_target(struct targets *targets, const char *id,
		       const char *state, struct error *err)
{
	static const char *const states[] = { "available", "in-use", "running",
					      "stopped" };
	size_t i = 0;

	while (i < 4 && strcmp(states[i], state) != 0)
		i++;
	if (i == 4)
		return true;
	for (i = 0; i < targets->count; i++)
		if (strcmp(targets->ids[i], id) == 0)
			return true;
	targets->ids = arena_more(targets->arena, targets->ids, targets->count,
				  sizeof(*targets->ids));
	if (!targets->ids)
		return fail_memory(err);
	targets->ids[targets->count] = arena_str(targets->arena, id);
	return targets->ids[targets->count++] || fail_memory(err);
}

static bool add_volume(void *data, const struct volume *volume,
		       struct error *err)
{
	return add_target(data, volume->id, volume->state, err);
}

static bool add_instance(void *data, const struct instance *instance,
			 struct error *err)
{
	return add_target(data, instance->id, instance->state, err);
}

/* A filter's value means itself, whatever is in it. */
static const char *literal(struct arena *arena, const char *text)
{
	char *copy = arena_alloc(arena, 2 * strlen(text) + 1), *to = copy;

	for (; copy && *text; text++) {
		if (strchr("*?\\", *text))
			*to++ = '\\';
		*to++ = *text;
	}
	if (copy)
		*to = 0;
	return copy;
}

static bool find_targets(struct working *working, struct targets *ret_targets,
			 struct error *err)
{
	const struct policy *policy = working->policy;
	struct db *db = working->call->store->db;

	*ret_targets = (struct targets){ .arena = working->arena };
	for (size_t i = 0; i < policy->target_count; i++) {
		const char *value =
			literal(working->arena, policy->targets[i].value);
		const struct filter filter = {
			.name = arena_format(working->arena, "tag:%s",
					     policy->targets[i].key),
			.values = &value,
			.count = 1,
		};
		const struct query query = { .account = working->call->account,
					     .filters = &filter,
					     .filter_count = 1 };

		if (!value || !filter.name)
			return fail_memory(err);
		if (!(policy->images ? instance_list(db, &query, add_instance,
						     ret_targets, err) :
				       volume_list(db, &query, add_volume,
						   ret_targets, err)))
			return false;
	}
	return true;
}

/* What a copy is tagged with: the resource's tags, where it gets them, and
 * over these the schedule's. */
static bool plan_tags(struct working *working, const char *resource,
		      const struct pair **ret_tags, size_t *ret_count,
		      struct error *err)
{
	const struct policy_schedule *schedule = working->schedule;
	const struct pair *old = NULL;
	struct pair *all;
	size_t count = 0;

	*ret_count = 0;
	if (schedule->copy_tags &&
	    !tags_read(working->call, resource, working->arena, &old, &count,
		       err))
		return false;
	all = arena_alloc(working->arena,
			  (count + schedule->tag_count + 1) * sizeof(*all));
	if (!all)
		return fail_memory(err);
	for (size_t i = 0; i < schedule->tag_count; i++)
		all[(*ret_count)++] = schedule->tags[i];
	for (size_t i = 0; i < count; i++) {
		bool own = strncmp(old[i].key, SYSTEM, strlen(SYSTEM)) == 0;

		for (size_t j = 0; j < schedule->tag_count; j++)
			own |= strcmp(old[i].key, schedule->tags[j].key) == 0;
		if (!own)
			all[(*ret_count)++] = old[i];
	}
	*ret_tags = all;
	return true;
}

static bool note(struct working *working, const char *id, const char *resource,
		 struct lifecycle_item *ret_item, struct error *err)
{
	*ret_item = (struct lifecycle_item){
		.id = arena_str(working->arena, id),
		.policy = working->row->id,
		.schedule = working->schedule->name,
		.resource = resource,
		.moment = working->moment,
	};
	if (!ret_item->id)
		return fail_memory(err);
	return lifecycle_item_insert(working->call->store->db, ret_item, err);
}

static bool make_snapshot(struct working *working, const char *volume,
			  const struct pair *tags, size_t tag_count,
			  struct lifecycle_item *ret_item, struct error *err)
{
	char id[ID_SIZE];
	struct shot shot = {
		.volume = volume,
		.snapshot = id,
		.description = arena_format(
			working->arena, "Created for policy: %s schedule: %s",
			working->row->id, working->schedule->name),
		.tags = tags,
		.tag_count = tag_count,
	};

	id_new("snap", id);
	if (!shot.description)
		return fail_memory(err);
	return note(working, id, volume, ret_item, err) &&
	       freeze_volumes(working->call, &shot, 1, NULL, NULL, err);
}

static bool make_image(struct working *working, const char *instance,
		       const struct pair *tags, size_t tag_count,
		       struct lifecycle_item *ret_item, struct error *err)
{
	struct capture capture = {
		.instance = instance,
		.description = arena_format(
			working->arena, "Created for policy: %s schedule: %s",
			working->row->id, working->schedule->name),
		.tags = tags,
		.tag_count = tag_count,
		.snapshot_tags = tags,
		.snapshot_tag_count = tag_count,
	};
	struct capture_plan plan;
	char time[TIME_SIZE];

	time_format(working->moment, time);
	time[13] = '.'; /* a name has no colon */
	capture.name = arena_format(working->arena, "%s.%zu %s %.16s",
				    working->row->name, working->number,
				    instance, time);
	if (!capture.description || !capture.name)
		return fail_memory(err);
	return capture_plan(working->call, &capture, working->arena, &plan,
			    err) &&
	       note(working, plan.id, instance, ret_item, err) &&
	       capture_take(working->call, &plan, err);
}

static bool tag(struct working *working, const char *id, struct error *err)
{
	const struct pair tags[] = {
		{ "aws:dlm:lifecycle-policy-id", working->row->id },
		{ "aws:dlm:lifecycle-schedule-name", working->schedule->name },
	};

	return tags_set_system(working->call, id, tags, 2, err);
}

bool lifecycle_finish(struct working *working,
		      const struct lifecycle_item *item, struct error *err)
{
	struct db *db = working->call->store->db;
	const struct mapping *mappings = NULL;
	size_t count = 0;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, db, err) || !tag(working, item->id, err) ||
	    (working->policy->images &&
	     !image_mappings(db, item->id, working->arena, &mappings, &count,
			     err)))
		return false;
	for (size_t i = 0; i < count; i++)
		if (mappings[i].snapshot &&
		    !tag(working, mappings[i].snapshot, err))
			return false;
	return lifecycle_item_made(db, item->id, err) && tx_commit(&tx, err);
}

/* A row whose thing will not come to be goes, unless somebody may still finish
 * it. */
static bool unnote(struct working *working, const struct lifecycle_item *item,
		   struct error *err)
{
	struct db *db = working->call->store->db;
	bool open, there;

	if (!item->id)
		return true;
	return op_kind_names(db, "%", item->id, &open, err) &&
	       lifecycle_there(working, item->id, &there, err) &&
	       (open || there || lifecycle_item_delete(db, item->id, err));
}

static bool make_failed(struct working *working, const char *resource,
			const struct lifecycle_item *item,
			const struct error *why, struct error *err)
{
	working->failed = arena_more(working->arena, working->failed,
				     working->failed_count,
				     sizeof(*working->failed));
	if (!working->failed)
		return fail_memory(err);
	working->failed[working->failed_count++] = resource;
	working->run->failed++;
	log_warning("policy %s: %s: %s", working->row->name, resource,
		    why->text);
	lifecycle_tell(working, resource, item->id, "fail", why->text);
	return unnote(working, item, err);
}

static bool make_one(struct working *working, const char *resource,
		     struct error *err)
{
	struct lifecycle_item item = { .id = NULL };
	struct error why = { FAULT_NONE };
	const struct pair *tags = NULL;
	size_t count = 0;
	bool made;

	made = plan_tags(working, resource, &tags, &count, &why) &&
	       (working->policy->images ? make_image(working, resource, tags,
						     count, &item, &why) :
					  make_snapshot(working, resource, tags,
							count, &item, &why)) &&
	       lifecycle_finish(working, &item, &why);
	if (!made)
		return make_failed(working, resource, &item, &why, err);
	lifecycle_tell(working, resource, item.id, "create", "it is due");
	return true;
}

/* What there is for the moment; its row may wait for an operation that
 * somebody else has to finish. */
static const struct lifecycle_item *find_item(const struct working *working,
					      const char *resource)
{
	for (size_t i = 0; i < working->count; i++)
		if (working->items[i].moment == working->moment &&
		    strcmp(working->items[i].resource, resource) == 0)
			return &working->items[i];
	return NULL;
}

bool lifecycle_make(struct working *working, struct error *err)
{
	static const struct error open = {
		FAULT_UNAVAILABLE, "it is still being made by somebody else"
	};
	struct targets targets;
	size_t coming = 0;

	if (!find_targets(working, &targets, err))
		return false;
	for (size_t i = 0; i < targets.count; i++) {
		const struct lifecycle_item *item =
			find_item(working, targets.ids[i]);

		if (item && item->made)
			continue;
		if (item &&
		    !make_failed(working, targets.ids[i], item, &open, err))
			return false;
		if (item)
			continue;
		if (working->run->dry)
			lifecycle_tell(working, targets.ids[i], NULL, "create",
				       "it is due");
		else if (!make_one(working, targets.ids[i], err))
			return false;
		targets.ids[coming++] = targets.ids[i];
	}
	if (working->run->dry) {
		working->coming = targets.ids;
		working->coming_count = coming;
	}
	return true;
}
