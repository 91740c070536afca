/* snaps.c - the snapshots that one may use, for people */
#include <stdio.h>
#include <string.h>

#include "images/registry/snapshot.h"
#include "images/store.h"
#include "launcher/action/action.h"
#include "launcher/cli/age.h"
#include "launcher/cli/lineage.h"

struct rows {
	struct call *call;
	struct node *list;
};

static bool row(void *data, const struct snapshot *snapshot, struct error *err)
{
	struct rows *rows = data;
	struct node *item = node_item(rows->list);
	char age[AGE_SIZE], size[24];

	(void)err;
	snprintf(size, sizeof(size), "%lld GiB", (long long)snapshot->size);
	age_text(rows->call->now - snapshot->created, age);
	node_str(item, "Id", NULL, snapshot->id);
	node_str(item, "Volume", NULL, snapshot->volume);
	node_str(item, "Size", NULL, size);
	/* nobody can make anything of one that is archived */
	node_str(item, "State", NULL,
		 strcmp(snapshot->tier, "archive") == 0 ? "archived" :
							  snapshot->state);
	node_str(item, "Owner", NULL, snapshot->owner);
	node_str(item, "Age", NULL, age);
	node_str(item, "Description", NULL, snapshot->description);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct query query = { .account = call->account };
	struct rows rows = {
		.call = call,
	};

	if (args_bool(args, "Tree", false))
		return lineage_reply(call, reply, err);
	rows.list = node_list(reply->root, "Snapshots", NULL);
	return snapshot_list(call->store->db, &query, row, &rows, err);
}

const struct action verb_snaps = {
	.name = "snaps",
	.brief = "list the snapshots that one may use",
	.about = "Own snapshots, those shared with the account and public "
		 "ones.",
	.params = (const struct param[]) {
		{ "Quiet", PARAM_BOOLEAN, 0, NULL, "ids only", NULL, NULL,
		  'q' },
		{ "Tree", PARAM_BOOLEAN, 0, NULL,
		  "draw which volume each was taken of and what came from it, "
		  "with the bytes that it shows in full, alone and shared with "
		  "others, what its deletion would free, and what the archive "
		  "has of it" },
		{ 0 },
	},
	.example = "qami snaps",
	.local = true,
	.travels = true,
	.run = run,
};
