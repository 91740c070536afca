/* bill.c - what everything in a store costs a month
 *
 * Charges are listed snapshots first, in the order in which they were made, as
 * that is the order in which blocks are counted as somebody's own.
 */
#include "images/bill.h"

#include "images/authorise.h"
#include "images/bucket.h"
#include "images/fastrestore.h"
#include "images/registry/account.h"
#include "images/registry/bucket.h"
#include "images/snapshotlock.h"
#include "images/tier.h"

const char *const charge_kinds[] = {
	[CHARGE_SNAPSHOT] = "snapshot",
	[CHARGE_FAST] = "fast-restore",
	[CHARGE_VOLUME] = "volume",
	[CHARGE_KERNEL] = "kernel",
	[CHARGE_BUCKET] = "bucket",
};

#define GIB (1ULL << 30)

/* The new charge, with texts of its own; NULL when memory ran out. */
static struct charge *add(struct bill *bill, const struct charge *charge,
			  const char *layer, struct error *err)
{
	struct arena *arena = bill->arena;
	struct charge *one;

	bill->charges = arena_more(arena, bill->charges, bill->count,
				   sizeof(*bill->charges));
	bill->holders = arena_more(arena, bill->holders, bill->holder_count,
				   sizeof(*bill->holders));
	bill->holds = arena_more(arena, bill->holds, bill->holder_count,
				 sizeof(*bill->holds));
	if (!bill->charges || !bill->holders || !bill->holds) {
		fail_memory(err);
		return NULL;
	}
	one = &bill->charges[bill->count];
	*one = *charge;
	one->id = arena_str(arena, charge->id);
	one->owner = arena_str(arena, charge->owner);
	one->type = arena_str(arena, charge->type ? charge->type : "");
	if (layer) {
		bill->holds[bill->holder_count] = bill->count;
		bill->holders[bill->holder_count++] = (struct holder){
			.layer = arena_str(arena, layer),
			.group = bill->count,
		};
	}
	bill->count++;
	if (!one->id || !one->owner || !one->type) {
		fail_memory(err);
		return NULL;
	}
	return one;
}

/* What the archive has of a snapshot; where that is in a bucket of the store
 * its bytes are the bucket's. */
static bool read_kept(struct bill *bill, const struct snapshot *snapshot,
		      struct charge *charge, struct error *err)
{
	struct db *db = bill->call->store->db;
	struct archive_object object;
	struct snapshot_tier tier;
	bool found;

	if (strcmp(snapshot->tier, "archive") != 0 && !snapshot->expires)
		return true;
	if (!snapshot_tier_get(db, snapshot->id, bill->arena, &tier, &found,
			       err))
		return false;
	if (!found || !tier.object)
		return true;
	if (!archive_object_get(db, tier.object, bill->arena, &object, &found,
				err))
		return false;
	if (found) {
		charge->kept = (uint64_t)object.full;
		charge->least = tier_least(tier.archived);
		if (!*object.place || *object.place == '/')
			charge->objects = (uint64_t)object.bytes;
	}
	return true;
}

static bool add_snapshot(void *data, const struct snapshot *snapshot,
			 struct error *err)
{
	struct charge charge = {
		.kind = CHARGE_SNAPSHOT,
		.id = snapshot->id,
		.owner = snapshot->owner,
	};

	return read_kept(data, snapshot, &charge, err) &&
	       add(data, &charge, snapshot->layer, err);
}

/* Adds up what the archive has in directories, where its bytes are its own. */
static bool add_loose(void *data, const struct archive_object *object,
		      struct error *err)
{
	struct bill *bill = data;

	(void)err;
	if (!*object->place || *object->place == '/')
		bill->loose += (uint64_t)object->bytes;
	return true;
}

/* What of that no snapshot is in. */
static bool find_loose(struct bill *bill, struct error *err)
{
	if (!archive_object_list(bill->call->store->db, add_loose, bill, err))
		return false;
	for (size_t i = 0; i < bill->count; i++) {
		uint64_t held = bill->charges[i].objects;

		bill->loose -= held < bill->loose ? held : bill->loose;
	}
	return true;
}

/* Each is paid for by who enabled it; the layer, which is one, is counted with
 * the first of them. */
static bool add_fast(struct bill *bill, struct error *err)
{
	struct db *db = bill->call->store->db;
	const struct fast_restore *all;
	size_t count;

	if (!fast_restore_active(db, NULL, bill->arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct charge charge = {
			.kind = CHARGE_FAST,
			.id = all[i].snapshot,
			.owner = all[i].owner,
			.enabled = strcmp(all[i].state, "enabled") == 0,
		};
		struct fast_layer layer = { .layer = NULL };
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known |= strcmp(all[j].snapshot, all[i].snapshot) == 0;
		if (!known && !fast_layer_get(db, all[i].snapshot, bill->arena,
					      &layer, &known, err))
			return false;
		if (!add(bill, &charge, layer.layer, err))
			return false;
	}
	return true;
}

static bool add_volume(void *data, const struct volume *volume,
		       struct error *err)
{
	return add(data,
		   &(struct charge){
			   .kind = CHARGE_VOLUME,
			   .id = volume->id,
			   .owner = volume->owner,
			   .type = volume->type,
			   .provisioned = (uint64_t)volume->size * GIB,
			   .iops = volume->iops,
			   .throughput = volume->throughput,
		   },
		   volume->layer, err);
}

static bool add_uses(struct bill *bill, const struct image *image,
		     struct error *err)
{
	struct arena *arena = bill->arena;
	const struct mapping *mappings;
	struct bill_image *one;
	const char **snapshots;
	size_t count;

	if (!image_mappings(bill->call->store->db, image->id, arena, &mappings,
			    &count, err))
		return false;
	bill->images = arena_more(arena, bill->images, bill->image_count,
				  sizeof(*bill->images));
	snapshots = arena_alloc(arena, (count + 1) * sizeof(*snapshots));
	if (!bill->images || !snapshots)
		return fail_memory(err);
	one = &bill->images[bill->image_count++];
	*one = (struct bill_image){
		.id = arena_str(arena, image->id),
		.owner = arena_str(arena, image->owner),
		.snapshots = snapshots,
	};
	for (size_t i = 0; i < count; i++)
		if (mappings[i].snapshot)
			snapshots[one->count++] = mappings[i].snapshot;
	return (one->id && one->owner) || fail_memory(err);
}

static bool add_image(void *data, const struct image *image, struct error *err)
{
	if (!image->layer)
		return add_uses(data, image, err);
	return add(data,
		   &(struct charge){
			   .kind = CHARGE_KERNEL,
			   .id = image->id,
			   .owner = image->owner,
		   },
		   image->layer, err);
}

static bool add_object(void *data, const struct bucket_object *object)
{
	uint64_t *bytes = data;

	*bytes += object->size;
	return true;
}

/* An account's buckets in the store; those on a server are not of its disk. */
static bool add_buckets(void *data, const struct account *account,
			struct error *err)
{
	struct bill *bill = data;
	const struct bucket_row *rows;
	struct call own = { .store = bill->call->store };
	size_t count;

	memcpy(own.account, account->id, strlen(account->id) + 1);
	if (!bucket_rows(own.store->db, own.account, bill->arena, &rows, &count,
			 err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct location at = { .bucket = rows[i].name,
					     .key = "" };
		auto_of(bucket) bucket = NULL;
		struct charge charge = {
			.kind = CHARGE_BUCKET,
			.id = rows[i].name,
			.owner = own.account,
		};

		if (!bucket_find(&own, &at, false, &bucket, err) ||
		    !bucket_list(bucket, "", add_object, &charge.objects,
				 err) ||
		    !add(bill, &charge, NULL, err))
			return false;
	}
	return true;
}

static bool collect(struct bill *bill, struct error *err)
{
	const struct query all = { .account = NULL, .bin = BIN_TOO };
	struct db *db = bill->call->store->db;

	return snapshot_list(db, &all, add_snapshot, bill, err) &&
	       find_loose(bill, err) && add_fast(bill, err) &&
	       volume_list(db, &all, add_volume, bill, err) &&
	       image_list(db, &all, add_image, bill, err) &&
	       account_list(db, add_buckets, bill, err);
}

bool bill_open(struct call *call, struct arena *arena, struct bill *ret_bill,
	       struct error *err)
{
	*ret_bill = (struct bill){ .call = call, .arena = arena };
	return fast_settle(call, err) &&
	       prices_get(call->store->db, ret_bill->prices, NULL, err) &&
	       world_load(call, arena, &ret_bill->world, err) &&
	       collect(ret_bill, err) && bill_count(ret_bill, err);
}

void bill_done(struct bill *bill)
{
	world_done(&bill->world);
}

/* What one charge costs, by what it holds. */
static void reckon(const struct bill *bill, struct charge *charge)
{
	const struct holding *holding = &charge->holding;
	struct price_item *items = charge->items;
	size_t count = 0;

	if (charge->archived)
		items[count++] = price_bytes(
			bill->prices, PRICE_SNAPSHOT_ARCHIVE, charge->whole);
	else if (charge->dropped || (charge->kept && !holding->stored))
		;
	else if (charge->kind == CHARGE_VOLUME)
		count = price_volume(bill->prices, charge->type,
				     (int64_t)(charge->provisioned / GIB),
				     charge->iops, charge->throughput, items);
	else if (charge->kind != CHARGE_FAST)
		items[count++] = price_bytes(bill->prices,
					     charge->kind == CHARGE_SNAPSHOT ?
						     PRICE_SNAPSHOT_STANDARD :
						     PRICE_S3_STORAGE,
					     holding->stored);
	else if (charge->enabled)
		items[count++] = price_hours(bill->prices, PRICE_FSR_HOUR,
					     PRICE_MONTH_HOURS);
	if (charge->kept && !charge->dropped)
		items[count++] = price_bytes(
			bill->prices, PRICE_SNAPSHOT_ARCHIVE, charge->kept);
	charge->item_count = count;
	charge->monthly = price_sum(items, count);
}

bool bill_count(struct bill *bill, struct error *err)
{
	auto_free struct holding *holdings =
		calloc(bill->count + 1, sizeof(*holdings));

	if (!holdings)
		return fail_memory(err);
	for (size_t i = 0; i < bill->holder_count; i++) {
		const struct charge *charge = &bill->charges[bill->holds[i]];

		bill->holders[i].group = bill->holds[i];
		bill->holders[i].dropped = charge->dropped || charge->archived;
	}
	if (!holding_count(&bill->world, bill->holders, bill->holder_count,
			   bill->count, holdings, &bill->rest, err))
		return false;
	bill->rest += bill->loose;
	for (size_t i = 0; i < bill->count; i++) {
		struct charge *charge = &bill->charges[i];

		if (charge->kind == CHARGE_BUCKET && !charge->dropped)
			holdings[i] = (struct holding){ charge->objects,
							charge->objects,
							charge->objects };
		charge->holding = holdings[i];
		reckon(bill, charge);
		/* beside the blocks, and paid for otherwise */
		if (charge->kind != CHARGE_BUCKET && !charge->dropped)
			charge->holding.stored += charge->objects;
	}
	return true;
}

bool bill_group(const struct bill *bill, const size_t *groups,
		size_t group_count, struct holding *ret_holdings,
		struct error *err)
{
	auto_free struct holder *holders =
		calloc(bill->holder_count + 1, sizeof(*holders));
	uint64_t rest;

	if (!holders)
		return fail_memory(err);
	for (size_t i = 0; i < bill->holder_count; i++) {
		holders[i] = bill->holders[i];
		holders[i].group = groups[bill->holds[i]];
	}
	if (!holding_count(&bill->world, holders, bill->holder_count,
			   group_count, ret_holdings, &rest, err))
		return false;
	for (size_t i = 0; i < bill->count; i++) {
		const struct charge *charge = &bill->charges[i];
		struct holding *group = &ret_holdings[groups[i]];

		if (charge->dropped)
			continue;
		group->stored += charge->objects;
		if (charge->kind != CHARGE_BUCKET)
			continue;
		group->full += charge->objects;
		group->unique += charge->objects;
	}
	return true;
}

bool bill_left(const struct bill *bill, uint64_t *ret_bytes, struct error *err)
{
	if (!holding_left(&bill->world, bill->holders, bill->holder_count,
			  ret_bytes, err))
		return false;
	*ret_bytes += bill->loose;
	for (size_t i = 0; i < bill->count; i++)
		if (!bill->charges[i].dropped)
			*ret_bytes += bill->charges[i].objects;
	return true;
}

micros_t bill_early(const struct bill *bill)
{
	const usec_t hour = 3600 * USEC_PER_SEC;
	micros_t sum = 0;

	for (size_t i = 0; i < bill->count; i++) {
		const struct charge *charge = &bill->charges[i];
		usec_t left = charge->least - bill->call->now;

		if (charge->kept && charge->dropped && left > 0)
			sum += money_bytes(
				       charge->kept,
				       bill->prices[PRICE_SNAPSHOT_ARCHIVE]) *
			       ((left + hour / 2) / hour) / PRICE_MONTH_HOURS;
	}
	return sum;
}

micros_t bill_sum(const struct bill *bill, const char *account)
{
	micros_t sum = 0;

	for (size_t i = 0; i < bill->count; i++)
		if (!account || strcmp(bill->charges[i].owner, account) == 0)
			sum += bill->charges[i].monthly;
	return sum;
}

void bill_unmark(struct bill *bill)
{
	for (size_t i = 0; i < bill->count; i++)
		bill->charges[i].dropped = bill->charges[i].archived = false;
	for (size_t i = 0; i < bill->image_count; i++)
		bill->images[i].dropped = false;
}

static struct charge *find(struct bill *bill, enum charge_kind kind,
			   const char *id)
{
	for (size_t i = 0; i < bill->count; i++)
		if (bill->charges[i].kind == kind &&
		    strcmp(bill->charges[i].id, id) == 0)
			return &bill->charges[i];
	return NULL;
}

/* An image that stays and has the snapshot; NULL: none. */
static const struct bill_image *user_of(const struct bill *bill,
					const char *snapshot)
{
	for (size_t i = 0; i < bill->image_count; i++)
		for (size_t j = 0; j < bill->images[i].count; j++)
			if (!bill->images[i].dropped &&
			    strcmp(bill->images[i].snapshots[j], snapshot) == 0)
				return &bill->images[i];
	return NULL;
}

/* A snapshot of the caller's that no image needs which stays. */
static bool free_snapshot(struct bill *bill, const char *id,
			  struct charge **ret_charge, struct error *err)
{
	const struct bill_image *user = user_of(bill, id);
	struct snapshot row;

	if (!authorise_snapshot(bill->call, RIGHT_OWN, id, bill->arena, &row,
				err))
		return false;
	if (user && strcmp(user->owner, bill->call->account) == 0)
		return fail(err, FAULT_SNAPSHOT_IN_USE,
			    "The snapshot %s is currently in use by %s", id,
			    user->id);
	if (user)
		return fail(err, FAULT_SNAPSHOT_IN_USE,
			    "The snapshot %s is currently in use by an image",
			    id);
	*ret_charge = find(bill, CHARGE_SNAPSHOT, id);
	return *ret_charge || fail(err, FAULT_SNAPSHOT_NOT_FOUND,
				   "The snapshot '%s' does not exist.", id);
}

/* Whatever costs under a name: with a snapshot its fast restores. */
static void drop_id(struct bill *bill, const char *id)
{
	for (size_t i = 0; i < bill->count; i++)
		if (strcmp(bill->charges[i].id, id) == 0)
			bill->charges[i].dropped = true;
}

static bool drop_image(struct bill *bill, const char *id, struct error *err)
{
	struct charge *kernel = find(bill, CHARGE_KERNEL, id);
	struct image row;

	if (!authorise_image(bill->call, RIGHT_OWN, id, bill->arena, &row, err))
		return false;
	if (kernel)
		kernel->dropped = true;
	for (size_t i = 0; i < bill->image_count; i++)
		if (strcmp(bill->images[i].id, id) == 0)
			bill->images[i].dropped = true;
	return true;
}

/* With their images go the caller's snapshots that nothing else needs and no
 * lock keeps, as DeregisterImage deletes associated ones. */
static bool drop_associated(struct bill *bill, struct error *err)
{
	for (size_t i = 0; i < bill->image_count; i++) {
		const struct bill_image *image = &bill->images[i];

		for (size_t j = 0; image->dropped && j < image->count; j++) {
			const struct charge *charge = find(
				bill, CHARGE_SNAPSHOT, image->snapshots[j]);
			bool locked;

			if (!charge || user_of(bill, charge->id) ||
			    strcmp(charge->owner, bill->call->account) != 0)
				continue;
			if (!snapshot_locked(bill->call, charge->id, &locked,
					     err))
				return false;
			if (!locked)
				drop_id(bill, charge->id);
		}
	}
	return true;
}

static bool drop_other(struct bill *bill, const char *id, struct error *err)
{
	struct charge *charge;
	struct volume volume;

	if (strncmp(id, "vol-", 4) == 0) {
		if (!authorise_volume(bill->call, RIGHT_OWN, id, bill->arena,
				      &volume, err))
			return false;
	} else if (!free_snapshot(bill, id, &charge, err) ||
		   !snapshot_unlocked(bill->call, id, err)) {
		return false;
	}
	drop_id(bill, id);
	return true;
}

static bool is_image(const char *id)
{
	return strncmp(id, "ami-", 4) == 0 || strncmp(id, "aki-", 4) == 0 ||
	       strncmp(id, "ari-", 4) == 0;
}

bool bill_drop(struct bill *bill, const char *const *ids, size_t count,
	       struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (is_image(ids[i]) && !drop_image(bill, ids[i], err))
			return false;
	if (!drop_associated(bill, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_image(ids[i]) && !drop_other(bill, ids[i], err))
			return false;
	return true;
}

bool bill_archive(struct bill *bill, const char *const *ids, size_t count,
		  struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct charge *charge;

		if (!free_snapshot(bill, ids[i], &charge, err))
			return false;
		if (charge->kept)
			continue; /* it is there already */
		/* what it holds is counted from now on, not once it is gone */
		if (!charge->archived)
			charge->whole = charge->holding.full;
		charge->archived = true;
		for (size_t j = 0; j < bill->count; j++)
			if (bill->charges[j].kind == CHARGE_FAST &&
			    strcmp(bill->charges[j].id, ids[i]) == 0)
				bill->charges[j].dropped = true;
	}
	return true;
}
