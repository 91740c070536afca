/* tags.c - a resource's tags in a reply */
#include "launcher/action/noun/tags.h"

#include "images/registry/tag.h"

/* The list is made with the first tag: the AWS CLI shows no empty one. */
struct tags {
	struct node *into;
	struct node *list;
};

static void add(void *data, const struct tag *tag)
{
	struct tags *tags = data;
	struct node *item;

	if (!tags->list)
		tags->list = node_list(tags->into, "Tags", "tagSet");
	item = node_item(tags->list);
	node_str(item, "Key", "key", tag->key);
	node_str(item, "Value", "value", tag->value);
}

bool reply_tags(struct db *db, const char *resource, bool always,
		struct node *into, struct error *err)
{
	struct tags tags = { .into = into };

	if (always)
		tags.list = node_list(into, "Tags", "tagSet");
	return tag_each(db, resource, add, &tags, err);
}

bool reply_tag_set(struct db *db, const char *resource, struct node *into,
		   struct error *err)
{
	struct tags tags = {
		.into = into,
		.list = node_list(into, "TagSet", "tagSet"),
	};

	return tag_each(db, resource, add, &tags, err);
}
