/* access-key-create.c - make a key that signs an account's requests */
#include "images/account.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct access_key key;

	(void)args;
	if (!account_key_create(call, reply->arena, &key, err))
		return false;
	node_str(reply->root, "AccessKeyId", NULL, key.id);
	node_str(reply->root, "SecretAccessKey", NULL, key.secret);
	node_str(reply->root, "Account", NULL, key.account);
	return true;
}

const struct action verb_access_key_create = {
	.name = "access-key create",
	.brief = "make a key that signs the account's requests",
	.about = "Makes an access key for the account (--account) and prints "
		 "it with its secret, for the AWS tools on the way to 'qami "
		 "serve'. An account has at most 8. No request over the "
		 "endpoint makes one.",
	.params = (const struct param[]) { { 0 } },
	.faults = (const enum fault[]) { FAULT_RESOURCE_LIMIT, FAULT_NONE },
	.example = "qami access-key create",
	.local = true,
	.run = run,
};
