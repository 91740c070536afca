/* vols.c - volumes, for people */
#include <stdio.h>
#include <string.h>

#include "images/registry/tag.h"
#include "images/registry/volume.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/age.h"

struct rows {
	struct call *call;
	struct node *list;
};

static void find_name(void *data, const struct tag *tag)
{
	char *name = data;

	if (strcmp(tag->key, "Name") == 0)
		snprintf(name, 256, "%s", tag->value);
}

static bool row(void *data, const struct volume *volume, struct error *err)
{
	struct rows *rows = data;
	auto_of(arena) arena = arena_new();
	struct db *db = rows->call->store->db;
	const struct attachment *attached;
	char name[256] = "", age[AGE_SIZE], size[24];
	struct node *item;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!tag_each(db, volume->id, find_name, name, err) ||
	    !attachment_of(db, NULL, volume->id, arena, &attached, &count, err))
		return false;
	snprintf(size, sizeof(size), "%lld GiB", (long long)volume->size);
	age_text(rows->call->now - volume->created, age);
	item = node_item(rows->list);
	node_str(item, "Id", NULL, volume->id);
	node_str(item, "Name", NULL, name);
	node_str(item, "Size", NULL, size);
	node_str(item, "Type", NULL, volume->type);
	node_str(item, "State", NULL, volume->state);
	node_str(item, "Instance", NULL, count ? attached[0].instance : "-");
	node_str(item, "Device", NULL, count ? attached[0].device : "-");
	node_str(item, "Snapshot", NULL,
		 *volume->snapshot ? volume->snapshot : "-");
	node_str(item, "Age", NULL, age);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct query query = { .account = call->account };
	struct rows rows = {
		.call = call,
		.list = node_list(reply->root, "Volumes", NULL),
	};

	(void)args;
	return volume_list(call->store->db, &query, row, &rows, err);
}

const struct action verb_vols = {
	.name = "vols",
	.brief = "list volumes",
	.about = "Lists the account's volumes, where they are attached, and "
		 "which snapshots they were made from.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ 0 },
	},
	.example = "qami vols",
	.local = true,
	.travels = true,
	.run = run,
};
