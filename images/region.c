/* region.c - other stores, as regions */
#include "images/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/depotplace.h"
#include "images/farssh.h"

bool region_name_check(const struct call *call, const char *name,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct region region;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!*name || strlen(name) > 32 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		    strlen(name))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no region's name", name);
	if (!region_get(call->store->db, name, arena, &region, &found, err))
		return false;
	if (found || strcmp(name, call->store->region) == 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "There is a region %s: %s", name,
			    found ? region.place : "this store");
	return true;
}

/* Opens what lies at a place. */
static bool open_place(const struct call *call, const char *place,
		       struct far **ret_far, struct error *err)
{
	return far_is_ssh(place) ? far_ssh_open(place, ret_far, err) :
				   far_dir_open(call, place, ret_far, err);
}

/* The place of a directory is its path without links; caller frees. NULL with
 * the error. */
static char *find_place(const struct call *call, const char *place,
			struct error *err)
{
	char *real = far_is_ssh(place) ? strdup(place) : realpath(place, NULL);

	if (real && strcmp(real, call->store->path) != 0)
		return real;
	if (!real)
		fail(err, FAULT_REGION_NOT_FOUND,
		     "There is no store %.100s: %s", place, strerror(errno));
	else
		fail(err, FAULT_INVALID_PARAMETER,
		     "%.100s is this store itself", place);
	free(real);
	return NULL;
}

bool region_add(struct call *call, const char *name, const char *place,
		struct error *err)
{
	auto_free char *real = find_place(call, place, err);
	struct region region = { name, real, call->now };
	auto_of(far) far = NULL;
	auto_tx tx = TX_INIT;

	return real && open_place(call, real, &far, err) &&
	       tx_begin(&tx, call->store->db, err) &&
	       region_name_check(call, name, err) &&
	       region_insert(call->store->db, &region, err) &&
	       tx_commit(&tx, err);
}

static bool find(const struct call *call, const char *name, enum fault missing,
		 struct arena *arena, struct region *ret_region,
		 struct error *err)
{
	bool found;

	return region_get(call->store->db, name, arena, ret_region, &found,
			  err) &&
	       (found || fail(err, missing,
			      "Invalid region name: %.64s. This store is %s; "
			      "others are named by 'qami region add'",
			      name, call->store->region));
}

bool region_remove(struct call *call, const char *name, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	auto_close int lock = region_lock(call, err);
	struct region region;
	auto_tx tx = TX_INIT;
	bool busy;

	if (lock < 0)
		return false;
	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !find(call, name, FAULT_REGION_NOT_FOUND, arena, &region, err) ||
	    !region_busy(db, name, &busy, err))
		return false;
	if (busy)
		return fail(err, FAULT_INCORRECT_STATE,
			    "Snapshots are being copied from the region %s",
			    name);
	return region_delete(db, name, err) && tx_commit(&tx, err) &&
	       depot_place_forget(call, name, err);
}

bool region_open(const struct call *call, const char *name,
		 struct far **ret_far, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct region region;

	if (!arena)
		return fail_memory(err);
	return find(call, name, FAULT_INVALID_PARAMETER, arena, &region, err) &&
	       far_depot_open(call, name, ret_far, err) &&
	       (*ret_far || open_place(call, region.place, ret_far, err));
}
