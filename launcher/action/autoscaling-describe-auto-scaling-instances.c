/* autoscaling-describe-auto-scaling-instances.c - instances that groups keep
 * running */
#include "launcher/action/noun/scaling.h"
#include "launcher/action/query.h"

/* A listing under way. */
struct listing {
	struct call *call;
	struct page page;
	struct node *list;
};

static bool row(void *data, const struct scaling_member *member,
		struct error *err)
{
	struct listing *listing = data;

	(void)err;
	if (page_row(&listing->page, member->seq))
		reply_scaling_member(member, true, node_item(listing->list));
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct listing listing = { .call = call };
	struct query *query = &listing.page.query;

	if (!arena)
		return fail_memory(err);
	if (!page_open_records(call, args, 50, &listing.page, err) ||
	    !args_texts(args_get(args, "InstanceIds"), arena, &query->ids,
			&query->id_count, err))
		return false;
	listing.list = node_list(reply->root, "AutoScalingInstances",
				 "AutoScalingInstances");
	return scaling_member_list(call->store->db, query, row, &listing,
				   err) &&
	       page_close(call, &listing.page, reply->root, err);
}

const struct action action_autoscaling_describe_auto_scaling_instances = {
	.name = "DescribeAutoScalingInstances",
	.service = "autoscaling",
	.brief = "list instances that groups keep running",
	.about = "Lists the instances of the caller's groups: those that "
		 "are named, as far as they are such, or all.",
	.params = (const struct param[]) {
		{ "InstanceIds", PARAM_ID, PARAM_LIST, "i",
		  "these instances" },
		PARAMS_RECORDS,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INVALID_NEXT_TOKEN, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling describe-auto-scaling-instances",
	.run = run,
};
