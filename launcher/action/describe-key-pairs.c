/* describe-key-pairs.c - the caller's key pairs */
#include "images/authorise.h"
#include "launcher/action/describe.h"
#include "launcher/action/noun/key-pair.h"

static bool row(void *data, const struct key_pair *pair, struct error *err)
{
	struct describe *describe = data;
	struct node *item = describe_item(describe, pair->seq);
	bool public_key = args_bool(describe->args, "IncludePublicKey", false);

	return !item || reply_key_pair_info(describe->call->store->db, pair,
					    public_key, item, err);
}

static bool rows(struct describe *describe, struct error *err)
{
	return key_pair_list(describe->call->store->db, &describe->page.query,
			     row, describe, err);
}

static bool find(const struct describe *describe, const char *id,
		 const char *name, const char **ret_id, struct error *err)
{
	struct key_pair pair;
	bool found = id ? authorise_key_pair(describe->call, RIGHT_SEE, id,
					     describe->arena, &pair, err) :
			  keypair_named(describe->call, name, describe->arena,
					&pair, err);

	if (found)
		*ret_id = pair.id;
	return found;
}

static bool prepare(struct describe *describe, struct error *err)
{
	return describe_named(describe, "KeyNames", find, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.ids = "KeyPairIds",
		.sdk = "KeyPairs",
		.wire = "keySet",
		.prepare = prepare,
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_key_pairs = {
	.name = "DescribeKeyPairs",
	.brief = "list key pairs",
	.about = "Lists the caller's key pairs: those of the names and ids "
		 "that are given, or all.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		{ "KeyNames", PARAM_STRING, PARAM_LIST, NULL,
		  "the pairs of these names", "KeyName" },
		{ "KeyPairIds", PARAM_ID, PARAM_LIST, "key",
		  "the pairs of these ids", "KeyPairId" },
		PARAMS_DRY_RUN,
		{ "IncludePublicKey", PARAM_BOOLEAN, 0, NULL,
		  "with the public keys" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_KEY_PAIR_NOT_FOUND,
		FAULT_NONE },
	.example = "qami describe-key-pairs --include-public-key "
		   "--filters Name=key-name,Values='web*'",
	.run = run,
};
