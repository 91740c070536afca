/* describe-tags.c - the caller's tags */
#include "images/registry/tag.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/action/query.h"

struct rows {
	struct page *page;
	struct node *list;
};

static bool row(void *data, const struct tag *tag, struct error *err)
{
	struct rows *rows = data;
	struct node *item;

	(void)err;
	if (!page_row(rows->page, tag->seq))
		return true;
	item = node_item(rows->list);
	node_str(item, "Key", "key", tag->key);
	node_str(item, "ResourceId", "resourceId", tag->resource);
	node_str(item, "ResourceType", "resourceType", tag->type);
	node_str(item, "Value", "value", tag->value);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct page page;
	struct rows rows = { .page = &page };

	if (!arena)
		return fail_memory(err);
	if (!page_open(call, args, NULL, arena, &page, err))
		return false;
	rows.list = node_list(reply->root, "Tags", "tagSet");
	if (!tag_list(call->store->db, &page.query, row, &rows, err))
		return false;
	return page_close(call, &page, reply->root, err);
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
