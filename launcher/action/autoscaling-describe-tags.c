/* autoscaling-describe-tags.c - tags of groups */
#include "launcher/action/noun/scaling.h"

#include <string.h>

#include "launcher/action/query.h"

/* A listing under way; a tag's place in it is its number. */
struct listing {
	const struct args *args;
	struct page page;
	struct node *list;
	int64_t seen;
};

/* What a filter of that name compares; NULL: there is none. */
static const char *value_of(const char *name, const struct scaling_group *group,
			    const json_t *tag)
{
	if (strcmp(name, "auto-scaling-group") == 0)
		return group->name;
	if (strcmp(name, "key") == 0)
		return arg_str(tag, "Key", "");
	if (strcmp(name, "value") == 0)
		return arg_str(tag, "Value", "");
	if (strcmp(name, "propagate-at-launch") == 0)
		return arg_bool(tag, "PropagateAtLaunch", false) ? "true" :
								   "false";
	return NULL;
}

static bool check_filters(const struct args *args, struct error *err)
{
	const struct scaling_group none = { .name = "" };
	const json_t *filter;
	size_t i;

	json_array_foreach(args_get(args, "Filters"), i, filter) {
		const char *name = arg_str(filter, "Name", "");

		if (!value_of(name, &none, NULL))
			return fail(err, FAULT_VALIDATION,
				    "Filter type %.64s is not correct. Allowed "
				    "Filter types are: auto-scaling-group key "
				    "value propagate-at-launch",
				    name);
	}
	return true;
}

static bool passes(const struct args *args, const struct scaling_group *group,
		   const json_t *tag)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(args_get(args, "Filters"), i, filter)
		if (!args_filter_takes(
			    filter,
			    value_of(arg_str(filter, "Name", ""), group, tag)))
			return false;
	return true;
}

static bool row(void *data, const struct scaling_group *group,
		struct error *err)
{
	struct listing *listing = data;
	json_t *tags = json_loads(group->tags, 0, NULL);
	const json_t *tag;
	size_t i;

	if (!tags)
		return fail(err, FAULT_INTERNAL, "tags of %s are unreadable",
			    group->id);
	json_array_foreach(tags, i, tag)
		if (++listing->seen > listing->page.query.after &&
		    passes(listing->args, group, tag) &&
		    page_row(&listing->page, listing->seen))
			reply_scaling_tag(group, tag, node_item(listing->list));
	json_decref(tags);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const struct query all = { .account = call->account };
	struct listing listing = { .args = args };

	if (!check_filters(args, err) ||
	    !page_open_records(call, args, 50, &listing.page, err))
		return false;
	listing.list = node_list(reply->root, "Tags", "Tags");
	return scaling_group_list(call->store->db, &all, row, &listing, err) &&
	       page_close(call, &listing.page, reply->root, err);
}

static const struct param params_tag_filter[] = {
	{ "Name", PARAM_STRING, PARAM_REQUIRED, NULL,
	  "auto-scaling-group, key, value or propagate-at-launch" },
	{ "Values", PARAM_STRING, PARAM_LIST, NULL, "any of these" },
	{ 0 },
};

const struct action action_autoscaling_describe_tags = {
	.name = "DescribeTags",
	.service = "autoscaling",
	.brief = "list tags of Auto Scaling groups",
	.about = "Lists the tags of the caller's groups.",
	.params = (const struct param[]) {
		{ "Filters", PARAM_STRUCT, PARAM_LIST, NULL,
		  "what to list: Name=…,Values=…,…", NULL, params_tag_filter },
		PARAMS_RECORDS,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_NEXT_TOKEN, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling describe-tags "
		   "--filters Name=auto-scaling-group,Values=web",
	.run = run,
};
