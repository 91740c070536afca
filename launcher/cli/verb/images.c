/* images.c - the images that one may launch, for people */
#include <stdio.h>

#include "images/registry/image.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/age.h"

struct rows {
	struct call *call;
	struct node *list;
};

static bool row(void *data, const struct image *image, struct error *err)
{
	struct rows *rows = data;
	auto_of(arena) arena = arena_new();
	struct node *item = node_item(rows->list);
	const struct mapping *mappings;
	char age[AGE_SIZE], size[24] = "-";
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!image_mappings(rows->call->store->db, image->id, arena, &mappings,
			    &count, err))
		return false;
	if (count)
		snprintf(size, sizeof(size), "%lld GiB",
			 (long long)mappings[0].size);
	age_text(rows->call->now - image->created, age);
	node_str(item, "Id", NULL, image->id);
	node_str(item, "Name", NULL, image->name);
	node_str(item, "Kind", NULL, image->kind);
	node_str(item, "Size", NULL, size);
	node_str(item, "Owner", NULL, image->owner);
	node_str(item, "Public", NULL, image->is_public ? "yes" : "no");
	node_str(item, "Age", NULL, age);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct query query = {
		.account = call->account,
		.fresh = call->now,
		.enabled = true,
	};
	struct rows rows = {
		.call = call,
		.list = node_list(reply->root, "Images", NULL),
	};

	(void)args;
	return image_list(call->store->db, &query, row, &rows, err);
}

const struct action verb_images = {
	.name = "images",
	.brief = "list the images that one may launch",
	.about = "Own images, those shared with the account and public ones.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami images",
	.local = true,
	.travels = true,
	.run = run,
};
