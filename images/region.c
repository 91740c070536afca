/* region.c - other stores, as regions */
#include "images/region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "images/kms.h"

static bool check_name(struct call *call, const char *name, struct error *err)
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

bool region_add(struct call *call, const char *name, const char *place,
		struct error *err)
{
	auto_free char *real = realpath(place, NULL);
	auto_of(store) store = NULL;
	struct region region = { name, real, call->now };
	auto_tx tx = TX_INIT;

	if (!real)
		return fail(err, FAULT_REGION_NOT_FOUND,
			    "There is no store %.100s: %s", place,
			    strerror(errno));
	if (strcmp(real, call->store->path) == 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%.100s is this store itself", place);
	return store_open_to_read(real, "", &store, err) &&
	       tx_begin(&tx, call->store->db, err) &&
	       check_name(call, name, err) &&
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
	struct region region;
	auto_tx tx = TX_INIT;
	bool busy;

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
	return region_delete(db, name, err) && tx_commit(&tx, err);
}

bool region_open(const struct call *call, const char *name,
		 struct store **ret_store, struct call *ret_far,
		 struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_of(store) store = NULL;
	auto_free char *layers = NULL;
	struct region region;

	if (!arena)
		return fail_memory(err);
	if (!find(call, name, FAULT_INVALID_PARAMETER, arena, &region, err) ||
	    !store_open_to_read(region.place, "", &store, err))
		return false;
	layers = store_path(store, "layers");
	if (!layers)
		return fail_memory(err);
	if (!chain_open(layers, &store->chain, err))
		return false;
	chain_set_secrets(store->chain, layer_secret_find, store);
	*ret_far = *call;
	ret_far->store = store;
	*ret_store = take(store);
	return true;
}
