/* account-create.c - make an account */
#include "images/account.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#include "launcher/action/action.h"

/* A user of this host, by name or number. */
static bool find_user(const char *text, uid_t *ret_user, struct error *err)
{
	const struct passwd *user = getpwnam(text);
	size_t digits = strspn(text, "0123456789");

	if (user) {
		*ret_user = user->pw_uid;
		return true;
	}
	if (!digits || text[digits] || digits > 9)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "this host has no user '%.64s'", text);
	*ret_user = (uid_t)strtoul(text, NULL, 10);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *name = args_str(args, "Name", NULL);
	const char *user = args_str(args, "User", NULL);
	uid_t number = ACCOUNT_NOBODY;
	char id[ACCOUNT_SIZE];

	if ((user && !find_user(user, &number, err)) ||
	    !account_create(call, args_str(args, "Id", NULL), name, number, id,
			    err))
		return false;
	node_str(reply->root, "Account", NULL, id);
	node_str(reply->root, "Name", NULL, name);
	node_str(reply->root, "User", NULL, user);
	return true;
}

const struct action verb_account_create = {
	.name = "account create",
	.brief = "make an account, with a name and a user of this host",
	.about = "Makes an account. Its name stands for its number wherever "
		 "--account takes one. The user of this host that it is made "
		 "for acts as it through the socket of 'qami serve', without "
		 "a key. A number that has only been used so far takes a name "
		 "and a user.",
	.params = (const struct param[]) {
		{ "Name", PARAM_STRING, PARAM_POSITIONAL, NULL,
		  "what people call it; 1 to 64 of A-Z a-z 0-9 +=,.@_-" },
		{ "Id", PARAM_STRING, 0, NULL,
		  "its number, 12 digits; drawn if not given", NULL, NULL, 0,
		  "DIGITS" },
		{ "User", PARAM_STRING, 0, NULL,
		  "the user of this host, by name or number", NULL, NULL, 0,
		  "USER" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_ACCOUNT_EXISTS, FAULT_NONE },
	.example = "qami account create alice --user 1001",
	.local = true,
	.run = run,
};
