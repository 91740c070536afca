/* fsck.c - does a store agree with itself?
 *
 * A layer that an open operation names is at work: it is left out, and so is
 * one whose row was changed while it was looked at. What a running guest writes
 * is not read; where it writes is asked of QEMU.
 */
#include "images/fsck.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/cache.h"
#include "images/depotplace.h"
#include "images/chain/digests.h"
#include "images/chain/merge.h"
#include "images/garbage.h"
#include "images/kms.h"
#include "images/reduce.h"
#include "images/registry/volume.h"
#include "images/tiercheck.h"
#include "images/volume.h"

#define DEEP_PLACE "fsck.deep" /* the setting: "LAYER BLOCK" */

struct check {
	struct call *call;
	struct fsck *fsck;
	const struct tree *tree;

	/* What is found about one layer is held back until it is known that
	 * nobody was at work on it meanwhile. */
	struct arena *held_in; /* NULL: it is told at once */
	struct finding *held;
	size_t held_count;
};

static void tell_now(struct check *check, const struct finding *finding)
{
	if (!finding->repaired && !finding->note)
		check->fsck->faults++;
	check->fsck->found(check->fsck->data, finding);
}

/* Holds a finding back; false when memory ran out. */
static bool hold(struct check *check, const struct finding *finding)
{
	struct arena *arena = check->held_in;
	struct finding *held = arena_more(arena, check->held, check->held_count,
					  sizeof(*held));
	struct finding copy = *finding;

	copy.subject = arena_str(arena, finding->subject);
	copy.text = arena_str(arena, finding->text);
	if (!held || !copy.subject || !copy.text)
		return false;
	held[check->held_count++] = copy;
	check->held = held;
	return true;
}

__attribute__((format(printf, 5, 6))) static void tell(struct check *check,
						       const char *subject,
						       bool repaired, bool note,
						       const char *format, ...)
{
	char text[256];
	struct finding finding = { subject, text, repaired, note };
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!check->held_in || !hold(check, &finding))
		tell_now(check, &finding);
}

#define fault(check, subject, ...) \
	tell(check, subject, false, false, __VA_ARGS__)

/* Where each part of the check reads a layer that turns out to be unreadable,
 * that is a finding, not the end. */
static void unreadable(struct check *check, const char *name,
		       struct error *failed)
{
	fault(check, name, "%s", failed->text);
	error_clear(failed);
}

static void check_mode(struct check *check, const struct node_layer *layer,
		       const struct layer_file *file)
{
	bool frozen = layer_is(layer, "frozen");
	uint32_t wanted = frozen ? 0400 : 0600;
	struct error failed = { 0 };
	bool repaired;

	/* libvirt lends what a guest uses to QEMU's user */
	if (file->mode != wanted) {
		repaired = check->fsck->repair &&
			   layer_mode(check->call->store->chain, layer->name,
				      frozen, &failed);
		tell(check, layer->name, repaired, false,
		     "its mode is %04o, not %04o", file->mode, wanted);
	}
	if (file->owner != geteuid() && !layer->row->uri && !frozen)
		fault(check, layer->name, "it belongs to user %u", file->owner);
}

/* Whether a layer is below another one in the rows. */
static bool is_below(const struct tree *tree, size_t at, const char *name)
{
	for (; at != TREE_NONE; at = tree->layers[at].parent)
		if (strcmp(tree->layers[at].name, name) == 0)
			return true;
	return false;
}

/* The header is the truth about what a layer stands on (safety 3.3 R7). */
static void check_parent(struct check *check, size_t at)
{
	const struct node_layer *layer = &check->tree->layers[at];
	const char *wanted = layer->row->layer.parent;
	char parent[LAYER_NAME_SIZE] = "";
	struct error failed = { 0 };
	bool repaired = false;

	if (layer->ref.format == LAYER_QCOW2 &&
	    !layer_parent(check->call->store->chain, layer->name, parent,
			  &failed)) {
		unreadable(check, layer->name, &failed);
		return;
	}
	if (strcmp(parent, wanted ? wanted : "") == 0)
		return;
	if (check->fsck->repair && *parent &&
	    is_below(check->tree, layer->parent, parent)) {
		repaired = layer_move(check->call->store->db, layer->name,
				      parent, layer->row->level, &failed);
		error_clear(&failed);
	}
	tell(check, layer->name, repaired, false,
	     "its file stands on %s, its row on %s", *parent ? parent : "-",
	     wanted ? wanted : "-");
}

static void check_size(struct check *check, const struct node_layer *layer)
{
	int64_t wanted = layer->row->layer.size;
	struct error failed = { 0 };
	uint64_t size;

	if (!layer_size(check->call->store->chain, &layer->ref, &size, &failed))
		unreadable(check, layer->name, &failed);
	else if (size < (uint64_t)wanted || size >= (uint64_t)wanted + 512)
		fault(check, layer->name,
		      "its file shows %llu bytes, its row says %lld",
		      (unsigned long long)size, (long long)wanted);
}

/* QEMU's own check of the tables; leaks cost room only. */
static void check_health(struct check *check, const struct node_layer *layer)
{
	struct error failed = { 0 };
	enum layer_health health;

	if (layer->ref.format == LAYER_RAW)
		return;
	if (!layer_check(check->call->store->chain, &layer->ref, &health,
			 &failed)) {
		/* a job reads it, or a block reader */
		if (failed.fault == FAULT_VOLUME_IN_USE)
			tell(check, layer->name, false, true,
			     "in use: its tables were not checked");
		else
			unreadable(check, layer->name, &failed);
	} else if (health == LAYER_CORRUPT)
		fault(check, layer->name, "its tables are damaged");
	else if (health == LAYER_LEAKS)
		tell(check, layer->name, false, true,
		     "some of its clusters are lost to it");
}

/* What points at a layer fits its state. */
static void check_use(struct check *check, const struct node_layer *layer)
{
	const struct layer_use *row = layer->row;

	if (!row->users && !layer->children)
		fault(check, layer->name, "it belongs to nothing");
	if (row->volume && !layer_is(layer, "active"))
		fault(check, row->volume, "its layer %s is %s", layer->name,
		      row->layer.state);
	if (layer_is(layer, "active") && layer->children)
		fault(check, layer->name,
		      "it is active, and layers stand on "
		      "it");
}

/* Whether a layer's row is what the tree has, and nobody is at work on it. */
static bool is_settled(struct check *check, const struct node_layer *layer,
		       bool *ret_settled, struct error *err)
{
	struct db *db = check->call->store->db;
	const struct layer *was = &layer->row->layer;
	auto_of(arena) arena = arena_new();
	struct error gone = { 0 };
	struct layer now;
	bool busy;

	if (!arena)
		return fail_memory(err);
	if (!op_names(db, layer->name, &busy, err))
		return false;
	*ret_settled =
		!busy && layer_get(db, layer->name, arena, &now, &gone) &&
		strcmp(now.state, was->state) == 0 && now.size == was->size &&
		strcmp(now.parent ? now.parent : "",
		       was->parent ? was->parent : "") == 0;
	return true;
}

static bool look_at(struct check *check, size_t at, struct error *err)
{
	const struct node_layer *layer = &check->tree->layers[at];
	struct layer_file file;
	bool found;

	if (!chain_file(check->call->store->chain, layer->name, &file, &found,
			err))
		return false;
	check->fsck->layers++;
	check_use(check, layer);
	if (!found || !file.regular) {
		fault(check, layer->name,
		      found ? "it is no file of its own" :
			      "its file is missing");
		return true;
	}
	check_mode(check, layer, &file);
	check_size(check, layer);
	if (layer->row->uri)
		return true; /* its guest is at its tables */
	check_parent(check, at);
	check_health(check, layer);
	return true;
}

static bool check_layer(struct check *check, size_t at, struct error *err)
{
	const struct node_layer *layer = &check->tree->layers[at];
	auto_of(arena) arena = arena_new();
	bool settled, looked;

	if (!arena)
		return fail_memory(err);
	if (layer_is(layer, "doomed"))
		return true;
	if (!is_settled(check, layer, &settled, err))
		return false;
	if (!settled)
		return true;
	check->held_in = arena;
	check->held = NULL;
	check->held_count = 0;
	looked = look_at(check, at, err);
	check->held_in = NULL;
	if (!looked ||
	    (check->held_count && !is_settled(check, layer, &settled, err)))
		return false;
	for (size_t i = 0; settled && i < check->held_count; i++)
		tell_now(check, &check->held[i]);
	return true;
}

/* Asks QEMU where a running guest's writes go. */
static bool check_head(struct check *check, const struct node_layer *layer,
		       struct error *err)
{
	struct live live = { layer->row->uri, layer->row->uuid,
			     layer->row->volume };
	auto_of(arena) arena = arena_new();
	struct error failed = { 0 };
	const char *const *names;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!live_chain(check->call, &live, arena, &names, &count, &failed)) {
		tell(check, live.volume, false, true, "cannot ask QEMU: %s",
		     failed.text);
		return true;
	}
	if (count && strcmp(names[0], layer->name) != 0)
		fault(check, live.volume,
		      "its guest writes %s, its row says "
		      "%s",
		      names[0], layer->name);
	return true;
}

static bool garbage(void *data, const char *file, struct error *err)
{
	struct check *check = data;
	auto_free char *lost = store_path(check->call->store, "lost+found");
	struct error failed = { 0 };
	bool repaired;

	if (!lost)
		return fail_memory(err);
	repaired = check->fsck->repair &&
		   chain_lose(check->call->store->chain, file, lost, &failed);
	tell(check, file, repaired, false, "no row names this file%s%s",
	     repaired ? ": moved to lost+found" : "",
	     failed.fault == FAULT_VOLUME_IN_USE ? "; it is in use" : "");
	return true;
}

/* Volumes and snapshots against their layers; ids go to a listing's rows. */
static bool check_rows(struct check *check, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct layer_fault *faults;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!layer_faults(check->call->store->db, arena, &faults, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		fault(check, faults[i].subject, "%s", faults[i].text);
	return true;
}

static void bad_block(void *data, uint64_t block)
{
	uint64_t *first = data;

	if (*first == UINT64_MAX)
		*first = block;
}

/* Where an earlier deep check stopped. */
static bool deep_place(struct check *check, struct arena *arena,
		       const char **ret_layer, uint64_t *ret_block,
		       struct error *err)
{
	const char *place, *space;

	*ret_layer = "";
	*ret_block = 0;
	if (!setting_get(check->call->store->db, DEEP_PLACE, arena, &place,
			 err))
		return false;
	space = place ? strchr(place, ' ') : NULL;
	if (!space)
		return true;
	*ret_block = strtoull(space, NULL, 10);
	*ret_layer = arena_format(arena, "%.*s", (int)(space - place), place);
	return *ret_layer || fail_memory(err);
}

static bool deep_note(struct check *check, const char *layer, uint64_t block,
		      struct error *err)
{
	char place[LAYER_NAME_SIZE + 24] = "";

	if (layer)
		snprintf(place, sizeof(place), "%s %llu", layer,
			 (unsigned long long)block);
	return setting_set(check->call->store->db, DEEP_PLACE, place, err);
}

/* Reads one frozen layer; *block is UINT64_MAX when it was read to its end. */
static void deep_layer(struct check *check, const struct node_layer *layer,
		       uint64_t *block)
{
	struct chain *chain = check->call->store->chain;
	uint64_t first = UINT64_MAX;
	struct error failed = { 0 };

	if (!digests_exist(chain, layer->name)) {
		tell(check, layer->name, false, true, "not hashed yet");
		*block = UINT64_MAX;
		return;
	}
	if (!digests_verify(chain, &layer->ref, check->fsck->until, block,
			    bad_block, &first, &failed)) {
		unreadable(check, layer->name, &failed);
		*block = UINT64_MAX;
	}
	if (first != UINT64_MAX)
		fault(check, layer->name,
		      "its content is not what it was, from block %llu on",
		      (unsigned long long)first);
}

static int by_name(const void *left, const void *right)
{
	const struct node_layer *const *a = left, *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

/* All frozen layers by name, from where the last one stopped. */
static bool deep(struct check *check, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct node_layer **order;
	const char *place;
	uint64_t block;
	bool read = false;

	if (!arena)
		return fail_memory(err);
	order = arena_alloc(arena, (check->tree->count + 1) *
					   sizeof(struct node_layer *));
	if (!order)
		return fail_memory(err);
	for (size_t i = 0; i < check->tree->count; i++)
		order[i] = &check->tree->layers[i];
	qsort(order, check->tree->count, sizeof(*order), by_name);
	if (!deep_place(check, arena, &place, &block, err))
		return false;
	for (size_t i = 0; i < check->tree->count; i++) {
		int side = strcmp(order[i]->name, place);

		if (side < 0 || !layer_is(order[i], "frozen"))
			continue;
		if (side > 0)
			block = 0;
		/* each call gets some way, however little time it has */
		if (read && check->fsck->until &&
		    clock_monotonic() >= check->fsck->until)
			return deep_note(check, order[i]->name, block, err);
		deep_layer(check, order[i], &block);
		if (block != UINT64_MAX)
			return deep_note(check, order[i]->name, block, err);
		read = true;
	}
	check->fsck->finished = true;
	return deep_note(check, NULL, 0, err);
}

/* Instance-store disks and what they stand on. */
static void scratch_fault(void *data, const char *subject, const char *text,
			  bool repaired)
{
	tell(data, subject, repaired, false, "%s", text);
}

static void sealed_key(void *data, const char *id, const char *why)
{
	struct check *check = data;

	fault(check, id, "cannot be unsealed: %s", why);
}

static void archive_fault(void *data, const struct finding *finding)
{
	tell_now(data, finding);
}

bool fsck_run(struct call *call, struct fsck *fsck, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct tree tree;
	struct check check = { call, fsck, &tree };
	struct error failed = { 0 };

	if (!arena)
		return fail_memory(err);
	fsck->faults = fsck->layers = 0;
	fsck->finished = false;
	if (!db_check(call->store->db, &failed))
		unreadable(&check, "qami.db", &failed);
	if (!tree_load(call, arena, &tree, err) || !check_rows(&check, err))
		return false;
	if (!kms_check(call, sealed_key, &check, err) ||
	    !depot_place_check(call, sealed_key, &check, err))
		return false;
	for (size_t i = 0; i < tree.count; i++) {
		if (!check_layer(&check, i, err))
			return false;
		if (tree.layers[i].row->uri &&
		    !check_head(&check, &tree.layers[i], err))
			return false;
	}
	return garbage_each(call, garbage, &check, err) &&
	       cache_check(call, fsck->repair, scratch_fault, &check, err) &&
	       (!fsck->deep || deep(&check, err)) &&
	       tier_fsck(call, fsck->finished, fsck->repair, archive_fault,
			 &check, err);
}
