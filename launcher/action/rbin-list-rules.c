/* rbin-list-rules.c - the recycle bin's rules for snapshots or for images */
#include <stdio.h>
#include <string.h>

#include "images/seal.h"
#include "launcher/action/rbin.h"

#define PAGE_MOST 1000
#define PAGE_LIFE (24 * 3600 * USEC_PER_SEC)
#define ABOUT_SIZE 128

struct listing {
	struct call *call;
	struct arena *arena;
	struct node *list;
	const char *state; /* of the lock; NULL: any */
	const struct bin_tag_list *kept, *left;
	int64_t most; /* 0: no limit */
	int64_t shown;
	int64_t last;
	bool more;
};

/* Whether a rule has all of the tags of a kind that are asked for. */
static bool has_tags(struct listing *listing, const struct bin_rule *rule,
		     enum bin_tags kind, const struct bin_tag_list *wanted,
		     bool *ret_has, struct error *err)
{
	const struct bin_tag *tags;
	size_t count, hits = 0;

	*ret_has = true;
	if (!wanted)
		return true;
	if (!bin_rule_tags(listing->call->store->db, rule->id, kind,
			   listing->arena, &tags, &count, err))
		return false;
	for (size_t i = 0; i < wanted->count; i++)
		for (size_t j = 0; j < count; j++)
			if (strcmp(wanted->tags[i].key, tags[j].key) == 0 &&
			    (!wanted->tags[i].value ||
			     (tags[j].value && strcmp(wanted->tags[i].value,
						      tags[j].value) == 0))) {
				hits++;
				break;
			}
	*ret_has = hits == wanted->count;
	return true;
}

static bool row(void *data, const struct bin_rule *rule, struct error *err)
{
	struct listing *listing = data;
	const char *state = bin_rule_state(rule, listing->call->now);
	bool kept, left;

	if (listing->more ||
	    (listing->state && (!state || strcmp(state, listing->state) != 0)))
		return true;
	if (!has_tags(listing, rule, BIN_KEPT, listing->kept, &kept, err) ||
	    !has_tags(listing, rule, BIN_LEFT, listing->left, &left, err))
		return false;
	if (!kept || !left)
		return true;
	listing->more = listing->most && listing->shown == listing->most;
	if (listing->more)
		return true;
	listing->shown++;
	listing->last = rule->seq;
	reply_rbin_summary(listing->call, rule, node_item(listing->list));
	return true;
}

/* Where a page begins: behind the row that its token has. */
static bool read_token(const struct args *args, const struct seal *seal,
		       const char *about, int64_t *ret_after, struct error *err)
{
	const char *token = args_str(args, "NextToken", NULL);
	uint64_t after = 0;

	if (token && !seal_check(seal, token, clock_wall(), about, &after))
		return fail(err, FAULT_INVALID_NEXT_TOKEN,
			    "The token is not one of this listing's, or has "
			    "expired.");
	*ret_after = (int64_t)after;
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *type = args_str(args, "ResourceType", "");
	struct listing listing = {
		.call = call,
		.arena = reply->arena,
		.state = args_str(args, "LockState", NULL),
		.most = args_int(args, "MaxResults", 0),
	};
	char about[ABOUT_SIZE], token[SEAL_SIZE];
	struct seal seal;
	int64_t after = 0;

	if (args_has(args, "MaxResults") &&
	    (listing.most < 1 || listing.most > PAGE_MOST))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "MaxResults must be between 1 and %d", PAGE_MOST);
	snprintf(about, sizeof(about), "rbin %s %s", call->account, type);
	if (!seal_open(call, &seal, err) ||
	    !read_token(args, &seal, about, &after, err) ||
	    !rbin_tags(args, "ResourceTags", reply->arena, &listing.kept,
		       err) ||
	    !rbin_tags(args, "ExcludeResourceTags", reply->arena, &listing.left,
		       err))
		return false;
	listing.list = node_list(reply->root, "Rules", "Rules");
	if (!bin_rule_list(call->store->db, call->account, type, after, row,
			   &listing, err))
		return false;
	if (!listing.more)
		return true;
	seal_close(&seal, (uint64_t)listing.last, clock_wall() + PAGE_LIFE,
		   about, token);
	node_str(reply->root, "NextToken", "NextToken", token);
	return true;
}

const struct action action_rbin_list_rules = {
	.name = "ListRules",
	.service = "rbin",
	.brief = "list the rules of the recycle bin",
	.about = "Lists the caller's rules for snapshots, or those for images, "
		 "all or those with a state of their lock or with tags that "
		 "they go by.",
	.params = (const struct param[]) {
		{ "MaxResults", PARAM_INTEGER, 0, NULL,
		  "how many at most, 1 to 1000" },
		{ "NextToken", PARAM_STRING, 0, NULL,
		  "where the last answer ended" },
		{ "ResourceType", PARAM_STRING, PARAM_REQUIRED,
		  "EBS_SNAPSHOT|EC2_IMAGE|EBS_VOLUME", "what they keep" },
		{ "ResourceTags", PARAM_STRUCT, PARAM_LIST, NULL,
		  "those that keep what has all of these tags", NULL,
		  params_resource_tag },
		{ "LockState", PARAM_STRING, 0,
		  "locked|pending_unlock|unlocked", "of their lock" },
		{ "ExcludeResourceTags", PARAM_STRUCT, PARAM_LIST, NULL,
		  "those that do not keep what has these", NULL,
		  params_resource_tag },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_EBS_PARAMETER,
		FAULT_EBS_PAGE_TOKEN, FAULT_NONE },
	.example = "qami rbin list-rules --resource-type EBS_SNAPSHOT",
	.run = run,
};
