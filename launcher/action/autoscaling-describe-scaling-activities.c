/* autoscaling-describe-scaling-activities.c - what groups did, and why */
#include "launcher/action/noun/scaling.h"
#include "launcher/action/query.h"

#include <string.h>

/* A listing under way. */
struct listing {
	struct call *call;
	struct page page;
	struct node *list;
};

static bool row(void *data, const struct scaling_activity *activity,
		struct error *err)
{
	struct listing *listing = data;

	(void)err;
	if (page_row(&listing->page, activity->seq))
		reply_scaling_activity(listing->call, activity,
				       node_item(listing->list));
	return true;
}

/* A text as a filter has it that means nothing but itself. */
static const char *literal(const char *text, struct arena *arena)
{
	char *copy = arena_alloc(arena, 2 * strlen(text) + 1);
	char *to = copy;

	while (copy && *text) {
		if (strchr("*?\\", *text))
			*to++ = '\\';
		*to++ = *text++;
	}
	return copy;
}

static bool add_filter(struct query *query, struct arena *arena,
		       const char *name, const char *const *values,
		       size_t count, struct error *err)
{
	struct filter *filters =
		arena_more(arena, (struct filter *)query->filters,
			   query->filter_count, sizeof(*filters));
	const char **copies = arena_alloc(arena, (count + 1) * sizeof(*copies));

	if (!filters || !copies)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		copies[i] = literal(values[i], arena);
		if (!copies[i])
			return fail_memory(err);
	}
	filters[query->filter_count++] = (struct filter){ name, copies, count };
	query->filters = filters;
	return true;
}

/* Whose activities: a group's that is there, or was, or all. */
static bool ask(struct call *call, const struct args *args, struct arena *arena,
		struct query *query, struct error *err)
{
	static const char *const yes = "true";
	const char *name = args_str(args, "AutoScalingGroupName", NULL);
	bool gone_too = args_bool(args, "IncludeDeletedGroups", false);
	struct scaling_group group;
	const char *const *ids;
	size_t count;

	if (name && !gone_too && !scaling_find(call, name, arena, &group, err))
		return false;
	if (!args_texts(args_get(args, "ActivityIds"), arena, &ids, &count,
			err))
		return false;
	return (!name ||
		add_filter(query, arena, "group-name", &name, 1, err)) &&
	       (gone_too ||
		add_filter(query, arena, "group-there", &yes, 1, err)) &&
	       (!count ||
		add_filter(query, arena, "activity-id", ids, count, err));
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct listing listing = { .call = call };
	struct query *query = &listing.page.query;

	if (!arena)
		return fail_memory(err);
	if (!page_open_records(call, args, 100, &listing.page, err) ||
	    !ask(call, args, arena, query, err))
		return false;
	listing.list = node_list(reply->root, "Activities", "Activities");
	return scaling_activity_list(call->store->db, query, row, &listing,
				     err) &&
	       page_close(call, &listing.page, reply->root, err);
}

const struct action action_autoscaling_describe_scaling_activities = {
	.name = "DescribeScalingActivities",
	.service = "autoscaling",
	.brief = "list what groups did, and why",
	.about = "Lists launches and terminations of the last six weeks, "
		 "the newest first: of one group or of all. One that "
		 "failed says why; the next is tried after 5 s, then "
		 "after twice as long each time, up to 5 min.",
	.params = (const struct param[]) {
		{ "ActivityIds", PARAM_STRING, PARAM_LIST, NULL,
		  "these activities" },
		{ "AutoScalingGroupName", PARAM_STRING, 0, NULL,
		  "of this group" },
		{ "IncludeDeletedGroups", PARAM_BOOLEAN, 0, NULL,
		  "of groups that are gone, too" },
		PARAMS_RECORDS,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_NEXT_TOKEN, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling describe-scaling-activities "
		 "--auto-scaling-group-name web",
	.run = run,
};
