/* lifecycleprune.c - a schedule's copies that its rule does not keep go
 *
 * Only what the schedule made, and of that only what nobody else has a say in.
 */
#include <stdio.h>
#include <string.h>

#include "images/lifecycle-private.h"
#include "images/snapshot.h"
#include "images/snapshotlock.h"
#include "images/withdraw.h"

static void see_grantee(void *data, const char *grantee)
{
	(void)grantee;
	*(bool *)data = true;
}

/* Why a snapshot must stay; NULL: it need not. `image`: one that may stand on
 * it, whatever others do; or NULL. */
static bool snapshot_stays(const struct working *working, const char *id,
			   const char *image, const char **ret_why,
			   struct error *err)
{
	struct db *db = working->call->store->db;
	const char *user;
	bool locked, shared = false;

	*ret_why = NULL;
	if (!snapshot_locked(working->call, id, &locked, err) ||
	    !snapshot_permission_each(db, id, see_grantee, &shared, err) ||
	    !snapshot_user(db, id, image, true, working->arena, &user, err))
		return false;
	if (locked)
		*ret_why = "it is locked";
	else if (shared)
		*ret_why = "it is shared";
	else if (user)
		*ret_why = arena_format(working->arena, "%s uses it", user);
	return true;
}

/* An image stays, too, where one of its snapshots would have to. */
static bool image_stays(const struct working *working, const char *id,
			const char **ret_why, struct error *err)
{
	struct db *db = working->call->store->db;
	struct error protected = { FAULT_NONE };
	const struct mapping *mappings;
	struct image image;
	const char *user;
	bool shared = false;
	size_t count;

	*ret_why = NULL;
	if (!image_own(working->call, id, working->arena, &image, err) ||
	    !launch_permission_each(db, id, see_grantee, &shared, err) ||
	    !lifecycle_image_user(db, id, working->arena, &user, err) ||
	    !image_mappings(db, id, working->arena, &mappings, &count, err))
		return false;
	if (!image_unprotected(working->call, &image, &protected))
		*ret_why = "it is protected";
	else if (shared)
		*ret_why = "it is shared";
	else if (user)
		*ret_why = arena_format(working->arena, "%s uses it", user);
	for (size_t i = 0; i < count && !*ret_why; i++)
		if (mappings[i].snapshot &&
		    !snapshot_stays(working, mappings[i].snapshot, id, ret_why,
				    err))
			return false;
	return true;
}

static bool let_go(const struct working *working, const char *id,
		   struct error *err)
{
	return (working->policy->images ?
			image_deregister(working->call, id, true, NULL, NULL,
					 err) :
			snapshot_erase(working->call, id, err)) &&
	       lifecycle_item_delete(working->call->store->db, id, err);
}

static bool will_go(struct going *going, const char *id, struct error *err)
{
	going->ids = arena_more(going->arena, going->ids, going->count,
				sizeof(*going->ids));
	if (!going->ids)
		return fail_memory(err);
	going->ids[going->count] = arena_str(going->arena, id);
	return going->ids[going->count++] || fail_memory(err);
}

static bool prune_one(struct working *working,
		      const struct lifecycle_item *item, struct error *err)
{
	struct error unable = { FAULT_NONE };
	const char *why;

	if (!(working->policy->images ?
		      image_stays(working, item->id, &why, err) :
		      snapshot_stays(working, item->id, NULL, &why, err)))
		return false;
	if (why) {
		lifecycle_tell(working, item->resource, item->id, "stay", why);
		return true;
	}
	if (working->run->dry) {
		if (!will_go(working->going, item->id, err))
			return false;
	} else if (!let_go(working, item->id, &unable)) {
		working->run->failed++;
		lifecycle_tell(working, item->resource, item->id, "fail",
			       unable.text);
		return true;
	}
	lifecycle_tell(working, item->resource, item->id, "delete",
		       "the rule does not keep it");
	return true;
}

static bool is_among(const char *resource, const char *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i], resource) == 0)
			return true;
	return false;
}

/* The copies of one resource, of which a dry run has one more to come. */
static bool prune_resource(struct working *working,
			   const struct lifecycle_item *items, size_t count,
			   bool coming, struct error *err)
{
	usec_t *moments =
		arena_alloc(working->arena, (count + 1) * sizeof(*moments));
	unsigned *why = arena_alloc(working->arena, (count + 1) * sizeof(*why));
	char text[KEPT_TEXT_SIZE];

	if (!moments || !why)
		return fail_memory(err);
	moments[0] = working->moment;
	for (size_t i = 0; i < count; i++)
		moments[i + coming] = items[i].moment;
	retain(&working->schedule->keep, moments, count + coming,
	       working->call->now, why);
	for (size_t i = 0; i < count; i++) {
		retain_text(why[i + coming], text);
		if (why[i + coming])
			lifecycle_tell(working, items[i].resource, items[i].id,
				       "keep", text);
		else if (!prune_one(working, &items[i], err))
			return false;
	}
	return true;
}

bool lifecycle_prune(struct working *working, struct error *err)
{
	const struct lifecycle_item *items = working->items;

	for (size_t from = 0, to; from < working->count; from = to) {
		const char *resource = items[from].resource;
		bool coming = is_among(resource, working->coming,
				       working->coming_count);
		bool whole = !is_among(resource, working->failed,
				       working->failed_count);

		for (to = from; to < working->count &&
				strcmp(items[to].resource, resource) == 0; to++)
			whole = whole && items[to].made;
		if (whole &&
		    !prune_resource(working, items + from, to - from, coming,
				    err))
			return false;
	}
	return true;
}
