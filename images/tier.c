/* tier.c - who may archive and restore what, and when it goes back
 *
 * Rows only: tierpack.c and tierfill.c move the bytes.
 */
#include "images/tier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/archive.h"
#include "images/authorise.h"
#include "images/encrypt.h"
#include "images/kms.h"
#include "images/fastrestore.h"
#include "images/layers.h"
#include "images/registry/layer.h"
#include "images/snapshot.h"
#include "images/tier-private.h"

#define LEAST_DAYS 90

usec_t tier_least(usec_t archived)
{
	return time_after(archived, LEAST_DAYS * TIER_DAY);
}

bool tier_check(const struct snapshot *snapshot, struct error *err)
{
	return strcmp(snapshot->tier, TIER_ARCHIVE) != 0 ||
	       fail(err, FAULT_INCORRECT_STATE,
		    "The snapshot '%s' is archived, until it has been "
		    "restored (see: qami describe-snapshot-tier-status)",
		    snapshot->id);
}

static bool is_on_its_way(const struct snapshot_tier *tier)
{
	return tier->status && strstr(tier->status, "-in-progress");
}

/* The caller's snapshot with its tier. */
static bool get(struct call *call, const char *id, struct arena *arena,
		struct snapshot *ret_snapshot, struct snapshot_tier *ret_tier,
		struct error *err)
{
	bool found;

	if (!authorise_snapshot(call, RIGHT_OWN, id, arena, ret_snapshot,
				err) ||
	    !snapshot_tier_get(call->store->db, id, arena, ret_tier, &found,
			       err))
		return false;
	if (!found)
		return fail(err, FAULT_SNAPSHOT_NOT_FOUND,
			    "The snapshot '%s' does not exist.", id);
	return !is_on_its_way(ret_tier) ||
	       fail(err, FAULT_INCORRECT_STATE, "The snapshot '%s' is in %s",
		    id, ret_tier->status);
}

static bool check_quota(struct call *call, enum tier_count which, int64_t most,
			struct error *err)
{
	int64_t count;

	if (!snapshot_tier_count(call->store->db, call->account, which, &count,
				 err))
		return false;
	return count < most ||
	       fail(err, FAULT_RESOURCE_LIMIT,
		    "%" PRId64 " snapshots are being %s already, as many as "
		    "can be at a time",
		    count, which == TIER_ARCHIVING ? "archived" : "restored");
}

static bool check_volume(struct call *call, const char *volume,
			 struct error *err)
{
	int64_t count;

	if (strcmp(volume, "vol-ffffffff") == 0)
		return true; /* no volume's: copies and the like */
	if (!snapshot_tier_of_volume(call->store->db, call->account, volume,
				     &count, err))
		return false;
	return count < TIER_VOLUME_MOST ||
	       fail(err, FAULT_RESOURCE_LIMIT,
		    "%" PRId64 " snapshots of the volume '%s' are archived "
		    "already, as many as can be",
		    count, volume);
}

/* Whether it may be archived, as far as nothing is begun. */
static bool check_archive(struct call *call, const char *id,
			  struct arena *arena, struct snapshot *ret_snapshot,
			  struct snapshot_tier *ret_tier, struct error *err)
{
	if (!get(call, id, arena, ret_snapshot, ret_tier, err))
		return false;
	if (strcmp(ret_snapshot->tier, TIER_ARCHIVE) == 0)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The snapshot '%s' is archived already", id);
	if (!snapshot_ready(ret_snapshot, err) ||
	    !snapshot_check_unused(call, id, false, arena, err) ||
	    !encrypt_may_open(call, ret_snapshot->layer, err))
		return false;
	return ret_tier->object ||
	       (check_volume(call, ret_snapshot->volume, err) &&
		check_quota(call, TIER_ARCHIVING, TIER_ARCHIVING_MOST, err));
}

/* The row of an object to come. */
static bool write_object(struct call *call, const struct snapshot *snapshot,
			 const char *id, struct arena *arena, struct error *err)
{
	struct archive_object object = {
		.id = id,
		.account = call->account,
		.created = call->now,
	};
	struct layer layer;

	if (!archive_place(call, arena, &object.place, err) ||
	    !layer_get(call->store->db, snapshot->layer, arena, &layer, err))
		return false;
	object.size = layer.size;
	object.disk_key = layer.disk_key;
	return archive_object_insert(call->store->db, &object, err);
}

/* How a restore that is asked for now goes: whoever asks says so, not whoever
 * happens to run the job. */
static const char *restore_way(void)
{
	const char *how = getenv("QAMI_ARCHIVE_RESTORE");

	return how && strcmp(how, "whole") == 0 ? "whole" : "lazy";
}

/* Leaves a job behind, for a date; 0: now. */
static bool queue(struct call *call, const char *kind, const char *payload,
		  usec_t date, struct error *err)
{
	struct op op = {
		.kind = kind,
		.account = call->account,
		.action = call->action,
		.request = "",
		.payload = payload,
		.due = clock_wall(),
		.date = date,
		.slow = true,
	};

	return payload ? op_queue(call->store->journal, &op, err) :
			 fail_memory(err);
}

bool tier_discard(struct call *call, const char *object, struct arena *arena,
		  struct error *err)
{
	const char *payload =
		arena_format(arena, "{\"object\":\"%s\"}", object);

	return queue(call, "archive-remove", payload, 0, err);
}

bool tier_settle(struct call *call, const struct snapshot *snapshot,
		 struct error *err)
{
	struct db *db = call->store->db;

	return snapshot_permission_clear(db, snapshot->id, err) &&
	       fast_forget(call, snapshot->id, err) &&
	       snapshot_set_tier(db, snapshot->id, TIER_ARCHIVE, NULL, err) &&
	       layers_release(call, snapshot->layer, err);
}

/* One that was restored for some days goes back: its object is there. */
static bool go_back(struct call *call, const struct snapshot *snapshot,
		    const struct snapshot_tier *was, struct error *err)
{
	struct snapshot_tier tier = *was;

	tier.status = "archival-completed";
	tier.detail = NULL;
	tier.progress = 100;
	tier.started = call->now;
	tier.days = 0;
	tier.expires = 0;
	return snapshot_tier_set(call->store->db, &tier, err) &&
	       tier_settle(call, snapshot, err);
}

/* Leaves it to a job to make an object. */
static bool begin(struct call *call, const struct snapshot *snapshot,
		  struct snapshot_tier *tier, struct arena *arena,
		  struct error *err)
{
	char object[ID_SIZE];
	const char *payload;
	int level;

	id_new("arc", object);
	if (!archive_level(getenv("QAMI_ARCHIVE_LEVEL"), &level, err))
		return false;
	payload = arena_format(arena,
			       "{\"snapshot\":\"%s\",\"object\":\"%s\","
			       "\"level\":\"%d\"}",
			       snapshot->id, object, level);
	tier->object = object;
	tier->status = "archival-in-progress";
	tier->detail = NULL;
	tier->progress = 0;
	tier->started = call->now;
	tier->days = 0;
	return write_object(call, snapshot, object, arena, err) &&
	       snapshot_tier_set(call->store->db, tier, err) &&
	       queue(call, "archive", payload, 0, err);
}

bool tier_archive(struct call *call, const char *id, usec_t *ret_started,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	struct snapshot_tier tier;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !check_archive(call, id, arena, &snapshot, &tier, err) ||
	    !(tier.object ? go_back(call, &snapshot, &tier, err) :
			    begin(call, &snapshot, &tier, arena, err)) ||
	    !call_dry_run(call, err))
		return false;
	*ret_started = call->now;
	return tx_commit(&tx, err) && layers_reap(call, err);
}

/* Whether the caller may open what the object is sealed with. */
static bool check_key(struct call *call, const char *id, struct arena *arena,
		      struct error *err)
{
	auto_disk_secret unused = { "" };
	struct archive_object object;
	bool found;

	if (!archive_object_get(call->store->db, id, arena, &object, &found,
				err))
		return false;
	return !found || !object.disk_key ||
	       disk_key_open(call, object.disk_key, DISK_KEY_CALLER, &unused,
			     err);
}

/* What is there for some days stays for others, or for good. */
static bool change_days(struct call *call, struct snapshot_tier *tier,
			int64_t days, struct arena *arena, struct error *err)
{
	const char *object = tier->object;

	tier->status = days ? "temporary-restore-completed" :
			      "permanent-restore-completed";
	tier->detail = NULL;
	tier->progress = 100;
	tier->started = call->now;
	tier->days = days;
	tier->expires = days ? time_after(call->now, days * TIER_DAY) : 0;
	if (!days)
		tier->object = NULL;
	return snapshot_tier_set(call->store->db, tier, err) &&
	       (days || tier_discard(call, object, arena, err));
}

/* Leaves it to a job to make a layer, when its time has come. */
static bool begin_restore(struct call *call, struct snapshot_tier *tier,
			  int64_t days, struct arena *arena, struct error *err)
{
	const char *payload = arena_format(arena,
					   "{\"snapshot\":\"%s\","
					   "\"object\":\"%s\",\"way\":\"%s\"}",
					   tier->snapshot, tier->object,
					   restore_way());
	usec_t delay;

	if (!archive_delay(&delay, err) ||
	    !check_quota(call, TIER_RESTORING, TIER_RESTORING_MOST, err))
		return false;
	tier->status = days ? "temporary-restore-in-progress" :
			      "permanent-restore-in-progress";
	tier->detail = NULL;
	tier->progress = 0;
	tier->started = call->now;
	tier->days = days;
	return snapshot_tier_set(call->store->db, tier, err) &&
	       queue(call, "unarchive", payload, time_after(call->now, delay),
		     err);
}

bool tier_restore(struct call *call, const char *id, int64_t days,
		  usec_t *ret_started, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;
	struct snapshot_tier tier;
	bool archived;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (days < 0 || days > TIER_DAYS_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A snapshot is restored for 1 to %d days, not %lld",
			    TIER_DAYS_MOST, (long long)days);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !get(call, id, arena, &snapshot, &tier, err))
		return false;
	archived = strcmp(snapshot.tier, TIER_ARCHIVE) == 0;
	if (!archived && !tier.expires)
		return fail(err, FAULT_INCORRECT_STATE,
			    "The snapshot '%s' is not archived", id);
	if (!check_key(call, tier.object, arena, err) ||
	    !(archived ? begin_restore(call, &tier, days, arena, err) :
			 change_days(call, &tier, days, arena, err)) ||
	    !call_dry_run(call, err))
		return false;
	*ret_started = call->now;
	return tx_commit(&tx, err);
}

/* Archives one again, unless somebody was quicker: whoever made an image of it
 * as its days ended keeps it. */
static bool expire_one(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct call owner = *call;
	struct snapshot snapshot;
	struct snapshot_tier tier;
	const char *image;
	bool found;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !snapshot_get_any(call->store->db, id, arena, &snapshot, &found,
			      err) ||
	    !snapshot_tier_get(call->store->db, id, arena, &tier, &found,
			       err) ||
	    !snapshot_user(call->store->db, id, NULL, false, arena, &image,
			   err))
		return false;
	owner.now = clock_now();
	if (!found || !tier.expires || tier.expires > owner.now || image)
		return true;
	snprintf(owner.account, sizeof(owner.account), "%s", snapshot.owner);
	return go_back(&owner, &snapshot, &tier, err) && tx_commit(&tx, err);
}

bool tier_expire(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_tier_expired(call->store->db, clock_now(), arena, &ids,
				   &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!expire_one(call, ids[i], err))
			return false;
	return true;
}

bool tier_forget(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot_tier tier;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!snapshot_tier_get(call->store->db, id, arena, &tier, &found, err))
		return false;
	/* what is being written its job removes */
	return !found || !tier.object ||
	       strcmp(tier.status, "archival-in-progress") == 0 ||
	       tier_discard(call, tier.object, arena, err);
}

bool tier_check_image(struct call *call, const char *image, struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct mapping *mappings;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!image_mappings(call->store->db, image, arena, &mappings, &count,
			    err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct snapshot snapshot;
		bool found = false;

		if (mappings[i].snapshot &&
		    !snapshot_get(call->store->db, mappings[i].snapshot, arena,
				  &snapshot, &found, err))
			return false;
		if (found && !tier_check(&snapshot, err))
			return false;
		if (found && snapshot.expires)
			return fail(err, FAULT_INCORRECT_STATE,
				    "The snapshot '%s' of the image '%s' is "
				    "restored for some days: it must be "
				    "restored permanently first",
				    snapshot.id, image);
	}
	return true;
}
