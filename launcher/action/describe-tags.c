/* describe-tags.c - the caller's tags */
#include "images/registry/tag.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/describe.h"

static bool row(void *data, const struct tag *tag, struct error *err)
{
	struct node *item = describe_item(data, tag->seq);

	(void)err;
	if (!item)
		return true;
	node_str(item, "Key", "key", tag->key);
	node_str(item, "ResourceId", "resourceId", tag->resource);
	node_str(item, "ResourceType", "resourceType", tag->type);
	node_str(item, "Value", "value", tag->value);
	return true;
}

static bool rows(struct describe *describe, struct error *err)
{
	return tag_list(describe->call->store->db, &describe->page.query, row,
			describe, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	static const struct describe_way way = {
		.sdk = "Tags",
		.wire = "tagSet",
		.rows = rows,
	};

	return describe(call, args, &way, reply, err);
}

const struct action action_describe_tags = {
	.name = "DescribeTags",
	.brief = "list tags",
	.about = "Lists the tags on the caller's resources.",
	.params = (const struct param[]) {
		PARAMS_FILTERS,
		PARAMS_PAGES,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INVALID_NEXT_TOKEN,
		FAULT_NONE },
	.example = "qami describe-tags "
		   "--filters Name=resource-type,Values=image",
	.run = run,
};
