/* lifecycle-list.c - an account's lifecycle policies, and when they are due */
#include "images/lifecycle.h"
#include "launcher/action/action.h"

struct listing {
	const struct call *call;
	struct node *list;
};

static bool row(void *data, const struct lifecycle_policy *row,
		struct error *err)
{
	const struct listing *listing = data;
	auto_of(arena) arena = arena_new();
	struct policy policy;

	if (!arena)
		return fail_memory(err);
	if (!policy_read(row->document, arena, &policy, err))
		return false;
	for (size_t i = 0; i < policy.schedule_count; i++) {
		const struct policy_schedule *schedule = &policy.schedules[i];
		struct node *item = node_item(listing->list);
		char next[TIME_SIZE] = "never";
		usec_t due = schedule_next(&schedule->when, listing->call->now);

		if (due >= 0)
			time_format(due, next);
		node_str(item, "Name", NULL, row->name);
		node_str(item, "PolicyId", NULL, row->id);
		node_str(item, "State", NULL,
			 policy.enabled ? "ENABLED" : "DISABLED");
		node_str(item, "Makes", NULL,
			 policy.images ? "images" : "snapshots");
		node_str(item, "Schedule", NULL, schedule->name);
		node_str(item, "Next", NULL, next);
	}
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct listing listing = {
		.call = call,
		.list = node_list(reply->root, "Policies", NULL),
	};

	(void)args;
	return lifecycle_policy_rows(call->store->db, call->account, row,
				     &listing, err);
}

const struct action verb_lifecycle_list = {
	.name = "lifecycle list",
	.brief = "list an account's lifecycle policies",
	.about = "Says of each schedule what it makes, and when it is due next.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "names only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami lifecycle list",
	.local = true,
	.run = run,
};
