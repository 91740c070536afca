/* lineage.c - what came from what
 *
 * A snapshot hangs under the volume that it was taken of, an image under its
 * root's snapshot, a volume under the image that its instance was launched
 * from or else under the snapshot that it was made of. What has lost its
 * origin stands at the left.
 */
#include "launcher/cli/lineage.h"

#include <stdio.h>
#include <string.h>

#include "images/registry/image.h"
#include "images/registry/instance.h"
#include "images/registry/snapshot.h"
#include "images/registry/tier.h"
#include "images/registry/volume.h"
#include "images/space.h"
#include "launcher/cli/progress.h"
#include "launcher/cli/terminal.h"

#define NONE SIZE_MAX
#define NO_VOLUME "vol-ffffffff"

enum kind { KIND_SNAPSHOT, KIND_IMAGE, KIND_VOLUME, KIND_DELETED };
static const char *const kind_names[] = { "snapshot", "image", "volume",
					  "deleted volume" };

struct member {
	enum kind kind;
	const char *id;
	const char *label;  /* a name or description; "" when it has none */
	const char *origin; /* the id that it hangs under; NULL: none */
	const char *second; /* … where that is not there */
	const char *layer;  /* of snapshots and volumes */
	int64_t size;	    /* GiB */
	uint64_t archived;  /* bytes of its object in the archive; 0: none */
	uint64_t kept;	    /* what that shows in full */
	size_t parent;
	size_t first_child, last_child, next;
};

struct lineage {
	struct call *call;
	struct arena *arena;
	struct member *all;
	size_t count;
	struct tree tree;
	const struct space *spaces;
};

static struct member *add(struct lineage *lineage, const struct member *member,
			  struct error *err)
{
	struct arena *arena = lineage->arena;
	struct member *one;

	lineage->all = arena_more(arena, lineage->all, lineage->count,
				  sizeof(*lineage->all));
	if (!lineage->all) {
		fail_memory(err);
		return NULL;
	}
	one = &lineage->all[lineage->count++];
	*one = *member;
	one->id = arena_str(arena, member->id);
	one->label = arena_str(arena, member->label);
	one->origin = arena_str(arena, member->origin);
	one->second = arena_str(arena, member->second);
	one->layer = arena_str(arena, member->layer);
	one->parent = one->first_child = one->last_child = one->next = NONE;
	if (!one->id || !one->label) {
		fail_memory(err);
		return NULL;
	}
	return one;
}

/* What the archive has of a snapshot. */
static bool read_archived(struct lineage *lineage, struct member *member,
			  struct error *err)
{
	struct db *db = lineage->call->store->db;
	struct archive_object object;
	struct snapshot_tier tier;
	bool found;

	if (!snapshot_tier_get(db, member->id, lineage->arena, &tier, &found,
			       err))
		return false;
	if (!found || !tier.object)
		return true;
	if (!archive_object_get(db, tier.object, lineage->arena, &object,
				&found, err))
		return false;
	member->archived = found ? (uint64_t)object.bytes : 0;
	member->kept = found ? (uint64_t)object.full : 0;
	return true;
}

static bool add_snapshot(void *data, const struct snapshot *snapshot,
			 struct error *err)
{
	struct member member = {
		.kind = KIND_SNAPSHOT,
		.id = snapshot->id,
		.label = snapshot->description,
		.origin = snapshot->volume,
		.layer = snapshot->layer,
		.size = snapshot->size,
	};

	return ((snapshot->layer && !snapshot->expires) ||
		read_archived(data, &member, err)) &&
	       add(data, &member, err);
}

static bool add_image(void *data, const struct image *image, struct error *err)
{
	struct lineage *lineage = data;
	const struct mapping *mappings;
	size_t count;

	if (!image_mappings(lineage->call->store->db, image->id, lineage->arena,
			    &mappings, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (mappings[i].snapshot)
			return add(lineage,
				   &(struct member){
					   .kind = KIND_IMAGE,
					   .id = image->id,
					   .label = image->name,
					   .origin = mappings[i].snapshot,
				   },
				   err);
	return true; /* of a bundle, or a kernel */
}

static bool add_volume(void *data, const struct volume *volume,
		       struct error *err)
{
	struct lineage *lineage = data;
	struct db *db = lineage->call->store->db;
	struct member member = {
		.kind = KIND_VOLUME,
		.id = volume->id,
		.label = "",
		.second = volume->snapshot,
		.layer = volume->layer,
		.size = volume->size,
	};
	const struct attachment *attached;
	struct instance instance;
	size_t count;
	bool found;

	if (!attachment_of(db, NULL, volume->id, lineage->arena, &attached,
			   &count, err))
		return false;
	if (count) {
		if (!instance_get(db, attached[0].instance, lineage->arena,
				  &instance, &found, err))
			return false;
		member.label = attached[0].instance;
		/* another disk of it was made from a snapshot of its own */
		if (found && *volume->snapshot)
			member.origin = instance.image;
	}
	return add(lineage, &member, err);
}

static size_t find(const struct lineage *lineage, const char *id)
{
	for (size_t i = 0; id && *id && i < lineage->count; i++)
		if (strcmp(lineage->all[i].id, id) == 0)
			return i;
	return NONE;
}

static bool collect(struct lineage *lineage, struct error *err)
{
	struct query query = { .account = lineage->call->account };
	struct db *db = lineage->call->store->db;
	size_t known;

	if (!snapshot_list(db, &query, add_snapshot, lineage, err) ||
	    !image_list(db, &query, add_image, lineage, err) ||
	    !volume_list(db, &query, add_volume, lineage, err))
		return false;
	/* volumes that are gone, as long as a snapshot tells of them */
	known = lineage->count;
	for (size_t i = 0; i < known; i++) {
		const struct member *one = &lineage->all[i];

		if (one->kind == KIND_SNAPSHOT &&
		    strcmp(one->origin, NO_VOLUME) != 0 &&
		    find(lineage, one->origin) == NONE &&
		    !add(lineage,
			 &(struct member){
				 .kind = KIND_DELETED,
				 .id = one->origin,
				 .label = "deleted",
			 },
			 err))
			return false;
	}
	return true;
}

/* Whether an image stands on the snapshot that a volume was made of. */
static bool fits(const struct lineage *lineage, size_t image,
		 const char *snapshot)
{
	return image != NONE && lineage->all[image].kind == KIND_IMAGE &&
	       strcmp(lineage->all[image].origin, snapshot) == 0;
}

static void link_all(struct lineage *lineage)
{
	for (size_t i = 0; i < lineage->count; i++) {
		struct member *one = &lineage->all[i], *above;

		one->parent = find(lineage, one->origin);
		if (one->kind == KIND_VOLUME &&
		    !fits(lineage, one->parent, one->second))
			one->parent = find(lineage, one->second);
		if (one->parent == NONE)
			continue;
		above = &lineage->all[one->parent];
		if (above->last_child == NONE)
			above->first_child = i;
		else
			lineage->all[above->last_child].next = i;
		above->last_child = i;
	}
}

/* The figures of a member; false when it has none. Those of an archived one
 * are its object's, which it shares with nobody. */
static bool space_of(const struct lineage *lineage, const struct member *member,
		     struct space *ret_space)
{
	size_t at = tree_find(&lineage->tree, member->layer);

	*ret_space = at == TREE_NONE ?
			     (struct space){ .full = member->kept,
					     .unique = member->kept } :
			     lineage->spaces[at];
	ret_space->frees += member->archived;
	return at != TREE_NONE || member->archived;
}

/* The figures of one line; those of a volume say nothing of deletion. */
static void draw_figures(struct buf *out, const struct member *one,
			 const struct space *space)
{
	char full[SIZE_TEXT_SIZE], alone[SIZE_TEXT_SIZE],
		shared[SIZE_TEXT_SIZE], frees[SIZE_TEXT_SIZE] = "";

	size_text(space->full, full);
	size_text(space->unique, alone);
	size_text(space->full - space->unique, shared);
	if (one->kind == KIND_SNAPSHOT)
		size_text(space->frees, frees);
	buf_printf(out, "  %5lld GiB  %9s  %9s  %9s  %9s", (long long)one->size,
		   full, alone, shared, frees);
	if (one->archived) {
		size_text(one->archived, full);
		buf_printf(out, "  (%s in the archive)", full);
	}
}

#define STEM_SIZE 256

static void draw_one(const struct lineage *lineage, size_t at, const char *stem,
		     const char *branch, int width, struct buf *out)
{
	const struct member *one = &lineage->all[at];
	struct space space;
	auto_free char *head = format_text("%s%s%s%s%s", stem, branch, one->id,
					   *one->label ? "  " : "", one->label);
	int pad = head ? width - text_width(head) : 0;

	buf_str(out, head ? head : "");
	if (space_of(lineage, one, &space)) {
		buf_printf(out, "%*s", pad > 0 ? pad : 0, "");
		draw_figures(out, one, &space);
	}
	buf_str(out, "\n");
}

/* Draws a member and what hangs under it. With `out` NULL it only finds the
 * widest line. */
static void draw(const struct lineage *lineage, size_t at, const char *stem,
		 const char *branch, int *width, struct buf *out)
{
	const struct member *one = &lineage->all[at];
	char below[STEM_SIZE];

	if (out) {
		draw_one(lineage, at, stem, branch, *width, out);
	} else {
		int wide = text_width(stem) + text_width(branch) +
			   text_width(one->id) + 2 + text_width(one->label);

		if (wide > *width)
			*width = wide;
	}
	snprintf(below, sizeof(below), "%s%s", stem,
		 !*branch	   ? "" :
		 one->next == NONE ? "   " :
				     "│  ");
	for (size_t i = one->first_child; i != NONE; i = lineage->all[i].next)
		draw(lineage, i, below,
		     lineage->all[i].next == NONE ? "└─ " : "├─ ", width, out);
}

static void draw_all(const struct lineage *lineage, struct buf *out)
{
	int width = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			buf_printf(out, "%*s  %9s  %9s  %9s  %9s  %9s\n", width,
				   "", "SIZE", "FULL", "ALONE", "SHARED",
				   "FREES");
		for (size_t i = 0; i < lineage->count; i++)
			if (lineage->all[i].parent == NONE)
				draw(lineage, i, "", "", &width,
				     pass ? out : NULL);
	}
}

static void list_all(const struct lineage *lineage, struct node *list)
{
	for (size_t i = 0; i < lineage->count; i++) {
		const struct member *one = &lineage->all[i];
		struct node *item = node_item(list);
		struct space space;

		node_str(item, "Id", NULL, one->id);
		node_str(item, "Kind", NULL, kind_names[one->kind]);
		if (one->parent != NONE)
			node_str(item, "Parent", NULL,
				 lineage->all[one->parent].id);
		if (!space_of(lineage, one, &space))
			continue;
		node_int(item, "Full", NULL, (int64_t)space.full);
		node_int(item, "Unique", NULL, (int64_t)space.unique);
		node_int(item, "Shared", NULL,
			 (int64_t)(space.full - space.unique));
		if (one->kind != KIND_SNAPSHOT)
			continue;
		node_int(item, "Frees", NULL, (int64_t)space.frees);
		if (one->archived)
			node_int(item, "Archived", NULL,
				 (int64_t)one->archived);
	}
}

bool lineage_reply(struct call *call, struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct lineage lineage = { .call = call, .arena = arena };
	auto_buf text = BUF_INIT;

	if (!arena)
		return fail_memory(err);
	if (!space_measure(call, arena, &lineage.tree, &lineage.spaces, err) ||
	    !collect(&lineage, err))
		return false;
	link_all(&lineage);
	if (lineage.count)
		draw_all(&lineage, &text);
	node_str(reply->root, "Text", NULL, text.data ? text.data : "");
	list_all(&lineage, node_list(reply->root, "Rows", NULL));
	reply->raw_text = true;
	return true;
}
