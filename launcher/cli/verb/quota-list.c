/* quota-list.c - what an account has, and may have */
#include <stdio.h>

#include "images/account.h"
#include "images/quota.h"
#include "launcher/action/action.h"

/* The answer of one account after the other. */
struct listing {
	const struct call *call;
	struct node *list;
};

static bool add_account(struct listing *listing, const char *account,
			const char *name, struct error *err)
{
	struct quota_state states[QUOTA_COUNT];
	struct call call = *listing->call;

	snprintf(call.account, sizeof(call.account), "%s", account);
	if (!quota_look(&call, states, err))
		return false;
	for (int which = 0; which < QUOTA_COUNT; which++) {
		struct node *item = node_item(listing->list);
		char used[24], most[24] = "none";

		snprintf(used, sizeof(used), "%lld",
			 (long long)states[which].used);
		if (states[which].most != QUOTA_NONE)
			snprintf(most, sizeof(most), "%lld",
				 (long long)states[which].most);
		node_str(item, "Account", NULL, name ? name : account);
		node_str(item, "Quota", NULL, quota_names[which]);
		node_str(item, "Used", NULL, used);
		node_str(item, "Limit", NULL, most);
	}
	return true;
}

static bool row(void *data, const struct account *account, struct error *err)
{
	return add_account(data, account->id, account->name, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct listing listing = {
		.call = call,
		.list = node_list(reply->root, "Quotas", NULL),
	};
	struct account account = { 0 };
	bool found;

	if (!arena)
		return fail_memory(err);
	if (args_bool(args, "All", false))
		return account_list(call->store->db, row, &listing, err);
	return account_get(call->store->db, call->account, arena, &account,
			   &found, err) &&
	       add_account(&listing, call->account, account.name, err);
}

const struct action verb_quota_list = {
	.name = "quota list",
	.brief = "show what an account has, and may have",
	.about = "Lists how much of each quota the account (--account) has "
		 "used: instances that run, their vCPUs and their memory in "
		 "MiB, the size of its volumes in GiB, its snapshots.",
	.params = (const struct param[]) {
		{ "All", PARAM_BOOLEAN, PARAM_HERE, NULL,
		  "of every account: for the store's owner", NULL, NULL,
		  'a' },
		{ 0 },
	},
	.example = "qami quota list",
	.local = true,
	.travels = true,
	.run = run,
};
