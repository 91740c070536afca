/* autoscaling-describe-auto-scaling-groups.c - the caller's groups */
#include "launcher/action/noun/scaling.h"

#include <string.h>

#include "launcher/action/query.h"

/* A listing under way. */
struct listing {
	struct call *call;
	const struct args *args;
	struct page page;
	struct node *list;
};

/* What a filter of that name compares of a tag; NULL: it is about others. */
static const char *compared(const char *name, const json_t *tag)
{
	const char *key = arg_str(tag, "Key", "");

	if (strcmp(name, "tag-key") == 0)
		return key;
	if (strcmp(name, "tag-value") == 0 || strcmp(name + 4, key) == 0)
		return arg_str(tag, "Value", "");
	return NULL;
}

static bool check_filters(const struct args *args, struct error *err)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(args_get(args, "Filters"), i, filter) {
		const char *name = arg_str(filter, "Name", "");

		if (strcmp(name, "tag-key") != 0 &&
		    strcmp(name, "tag-value") != 0 &&
		    (strncmp(name, "tag:", 4) != 0 || !name[4]))
			return fail(err, FAULT_VALIDATION,
				    "Filter type %.64s is not correct. Allowed "
				    "Filter types are: tag-key tag-value "
				    "tag:<key>",
				    name);
	}
	return true;
}

/* Whether one of a group's tags passes a filter. */
static bool passes(const json_t *tags, const json_t *filter)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		const char *value = compared(arg_str(filter, "Name", ""), tag);

		if (value && args_filter_takes(filter, value))
			return true;
	}
	return false;
}

static bool passes_all(const struct args *args,
		       const struct scaling_group *group, bool *ret_passes,
		       struct error *err)
{
	json_t *tags = json_loads(group->tags, 0, NULL);
	const json_t *filter;
	size_t i;

	if (!tags)
		return fail(err, FAULT_INTERNAL, "tags of %s are unreadable",
			    group->id);
	*ret_passes = true;
	json_array_foreach(args_get(args, "Filters"), i, filter)
		*ret_passes = *ret_passes && passes(tags, filter);
	json_decref(tags);
	return true;
}

static bool row(void *data, const struct scaling_group *group,
		struct error *err)
{
	struct listing *listing = data;
	bool shown = false;

	if (!passes_all(listing->args, group, &shown, err))
		return false;
	return !shown || !page_row(&listing->page, group->seq) ||
	       reply_scaling_group(listing->call, group,
				   node_item(listing->list), err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct listing listing = { .call = call, .args = args };
	struct query *query = &listing.page.query;

	if (!arena)
		return fail_memory(err);
	if (!check_filters(args, err) ||
	    !page_open_records(call, args, 50, &listing.page, err) ||
	    !args_texts(args_get(args, "AutoScalingGroupNames"), arena,
			&query->ids, &query->id_count, err))
		return false;
	/* how many rows have to be read for a page, only the filters know */
	if (args_has(args, "Filters"))
		query->limit = 0;
	listing.list = node_list(reply->root, "AutoScalingGroups",
				 "AutoScalingGroups");
	return scaling_group_list(call->store->db, query, row, &listing, err) &&
	       page_close(call, &listing.page, reply->root, err);
}

static const struct param params_group_filter[] = {
	{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "tag-key, tag-value or tag:KEY" },
	{ "Values", PARAM_STRING, PARAM_LIST, NULL, "any of these" },
	{ 0 },
};

const struct action action_autoscaling_describe_auto_scaling_groups = {
	.name = "DescribeAutoScalingGroups",
	.service = "autoscaling",
	.brief = "list Auto Scaling groups with their instances",
	.about = "Lists the caller's groups: those of the names that are "
		 "given, as far as they are there, or all; with filters those "
		 "that have a tag which passes, for each of them.",
	.params = (const struct param[]) {
		{ "AutoScalingGroupNames", PARAM_STRING, PARAM_LIST, NULL,
		  "the groups of these names" },
		{ "Filters", PARAM_STRUCT, PARAM_LIST, NULL,
		  "what to list: Name=…,Values=…,…", NULL,
		  params_group_filter },
		PARAMS_RECORDS,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_NEXT_TOKEN, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling describe-auto-scaling-groups "
		 "--auto-scaling-group-names web",
	.run = run,
};
