/* account-list.c - the accounts of this store */
#include <pwd.h>
#include <stdio.h>

#include "images/account.h"
#include "launcher/action/action.h"

static bool row(void *data, const struct account *account, struct error *err)
{
	struct node *list = data;
	struct node *item = node_item(list);
	const struct passwd *user = NULL;
	char number[16] = "-";

	(void)err;
	if (account->user != ACCOUNT_NOBODY) {
		user = getpwuid(account->user);
		snprintf(number, sizeof(number), "%u", (unsigned)account->user);
	}
	node_str(item, "Id", NULL, account->id);
	node_str(item, "Name", NULL, account->name ? account->name : "-");
	node_str(item, "User", NULL, user ? user->pw_name : number);
	node_time(item, "Created", NULL, account->created);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)args;
	return account_list(call->store->db, row,
			    node_list(reply->root, "Accounts", NULL), err);
}

const struct action verb_account_list = {
	.name = "account list",
	.brief = "list the accounts, their names and users",
	.about = "Lists the accounts that were made or used in this store, "
		 "each with its name and with the user of this host who acts "
		 "as it.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "numbers only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami account list",
	.local = true,
	.run = run,
};
