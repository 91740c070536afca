/* describe-key-pairs.c - the caller's key pairs */
#include "images/authorise.h"
#include "launcher/action/noun/key-pair.h"
#include "launcher/action/query.h"

struct rows {
	struct db *db;
	struct node *list;
	bool public_key;
};

static bool row(void *data, const struct key_pair *pair, struct error *err)
{
	struct rows *rows = data;

	return reply_key_pair_info(rows->db, pair, rows->public_key,
				   node_item(rows->list), err);
}

/* Names become ids, of which each must be there. */
static bool find_pairs(struct call *call, const struct args *args,
		       struct query *query, struct arena *arena,
		       struct error *err)
{
	const char *const *names;
	const char **ids;
	struct key_pair pair;
	size_t count;

	if (!args_texts(args_get(args, "KeyNames"), arena, &names, &count, err))
		return false;
	ids = arena_alloc(arena, (query->id_count + count + 1) * sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	for (size_t i = 0; i < query->id_count; i++) {
		if (!authorise_key_pair(call, RIGHT_SEE, query->ids[i], arena,
					&pair, err))
			return false;
		ids[i] = pair.id;
	}
	for (size_t i = 0; i < count; i++) {
		if (!keypair_named(call, names[i], arena, &pair, err))
			return false;
		ids[query->id_count++] = pair.id;
	}
	query->ids = ids;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = {
		.db = call->store->db,
		.public_key = args_bool(args, "IncludePublicKey", false),
	};

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, "KeyPairIds", arena, &page, err) ||
	    !find_pairs(call, args, &page.query, arena, err))
		return false;
	rows.list = node_list(reply->root, "KeyPairs", "keySet");
	return key_pair_list(call->store->db, &page.query, row, &rows, err) &&
	       page_close(call, &page, reply->root, err);
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
