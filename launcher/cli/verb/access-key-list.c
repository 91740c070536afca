/* access-key-list.c - an account's keys, without their secrets */
#include "images/account.h"
#include "launcher/action/action.h"

static bool row(void *data, const struct access_key *key, struct error *err)
{
	struct node *item = node_item(data);

	(void)err;
	node_str(item, "Id", NULL, key->id);
	node_str(item, "Status", NULL, key->active ? "active" : "disabled");
	node_time(item, "Created", NULL, key->created);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return access_key_list(call->store->db, call->account, row,
			       node_list(reply->root, "AccessKeys", NULL), err);
}

const struct action verb_access_key_list = {
	.name = "access-key list",
	.brief = "list the account's access keys",
	.about = "Lists the access keys of the account (--account), and "
		 "whether requests may be signed with them. Secrets are not "
		 "shown.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami access-key list",
	.local = true,
	.run = run,
};
