/* autoscaling-describe-instance-refreshes.c - how far refreshes of a group are
 */
#include "launcher/action/noun/scaling.h"
#include "launcher/action/query.h"

/* A listing under way. */
struct listing {
	struct call *call;
	struct page page;
	struct node *list;
	const char *group;
};

static bool row(void *data, const struct instance_refresh *refresh,
		struct error *err)
{
	struct listing *listing = data;

	return !page_row(&listing->page, refresh->seq) ||
	       reply_instance_refresh(refresh, listing->group,
				      node_item(listing->list), err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *name = args_str(args, "AutoScalingGroupName", "");
	struct listing listing = { .call = call, .group = name };
	struct query *query = &listing.page.query;
	struct filter filter = { .name = "instance-refresh-id" };
	struct scaling_group group;

	if (!arena)
		return fail_memory(err);
	if (!page_open_records(call, args, 50, &listing.page, err) ||
	    !scaling_find(call, name, arena, &group, err) ||
	    !args_texts(args_get(args, "InstanceRefreshIds"), arena,
			&filter.values, &filter.count, err))
		return false;
	query->ids = &group.id;
	query->id_count = 1;
	query->filters = &filter;
	query->filter_count = args_has(args, "InstanceRefreshIds");
	listing.list = node_list(reply->root, "InstanceRefreshes",
				 "InstanceRefreshes");
	return instance_refresh_list(call->store->db, query, row, &listing,
				     err) &&
	       page_close(call, &listing.page, reply->root, err);
}

const struct action action_autoscaling_describe_instance_refreshes = {
	.name = "DescribeInstanceRefreshes",
	.service = "autoscaling",
	.brief = "list a group's instance refreshes",
	.about = "Lists refreshes, the newest first, with how far each "
		 "has come and why it ended.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "InstanceRefreshIds", PARAM_STRING, PARAM_LIST, NULL,
		  "these refreshes" },
		PARAMS_RECORDS,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_NEXT_TOKEN, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling describe-instance-refreshes "
		 "--auto-scaling-group-name web",
	.run = run,
};
