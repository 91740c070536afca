/* fastrestore.c - the life of fast restores, with the time as an argument
 *
 * The job is run by hand, so that each state between can be looked at.
 */
#include "images/fastrestore.h"

#include "images/authorise.h"
#include "images/credit.h"
#include "images/layers.h"
#include "images/registry/volume.h"
#include "images/snapshot.h"
#include "images/space.h"
#include "images/volume.h"
#include "tests/images/testing.h"

#define OTHER "222222222222"
#define MINUTE (60 * USEC_PER_SEC)
#define SNAP "snap-00000000000000003"

static char layers[3][LAYER_NAME_SIZE];
static const char *zone = "us-east-1a";

/* Runs the jobs that wait; how many there were. */
static int jobs(void)
{
	int count = 0;

	for (bool found = true; found;) {
		auto_of(arena) arena = arena_new();
		struct op op;
		usec_t due = 0;

		good(op_take(call.store->journal, OP_SLOW_JOB, INT64_MAX, arena,
			     &op, &found, &err));
		if (!found || strcmp(op.kind, "fast-restore") != 0)
			continue;
		good(fast_job(&call, &op, &due, &err));
		check(!due);
		count++;
	}
	return count;
}

static struct fast_restore state_of(const char *account, struct arena *arena,
				    const char *state)
{
	struct fast_restore restore;
	bool found;

	good(fast_settle(&call, &err));
	good(fast_restore_get(call.store->db, SNAP, zone, account, arena,
			      &restore, &found, &err));
	check(found);
	if (strcmp(restore.state, state) != 0)
		fprintf(stderr, "%s, not %s\n", restore.state, state);
	check(strcmp(restore.state, state) == 0);
	return restore;
}

static struct fast_layer layer_of(struct arena *arena, bool wanted)
{
	struct fast_layer layer = { 0 };
	bool found;

	good(fast_layer_get(call.store->db, SNAP, arena, &layer, &found, &err));
	check(found == wanted);
	return layer;
}

/* A volume of the snapshot: whether a credit was used, and what its chain has
 * below it. */
static void makes(const char *account, bool fast, size_t below)
{
	auto_of(arena) arena = arena_new();
	struct call own = call;
	const struct volume_request request = { .zone = zone,
						.snapshot = SNAP };
	struct volume volume;
	char id[ID_SIZE];
	size_t depth;
	bool found;

	snprintf(own.account, sizeof(own.account), "%s", account);
	good(volume_create(&own, &request, id, &err));
	good(volume_get(call.store->db, id, arena, &volume, &found, &err));
	check(found && volume.fast_restored == fast);
	good(layers_depth(&call, volume.layer, &depth, &err));
	if (depth != below + 1)
		fprintf(stderr, "depth %zu\n", depth);
	check(depth == below + 1);
	run("qemu-img", "compare", "-U", "-f", "qcow2", "-F", "qcow2",
	    keep(layer_path(call.store->chain, volume.layer)),
	    keep(layer_path(call.store->chain, layers[2])));
	good(volume_remove(&own, id, &err));
}

static void enables(const char *account, enum fault fault)
{
	auto_of(arena) arena = arena_new();
	struct fast_restore restore;
	struct call own = call;

	snprintf(own.account, sizeof(own.account), "%s", account);
	if (fault == FAULT_NONE) {
		good(fast_enable(&own, SNAP, zone, arena, &restore, &err));
		return;
	}
	check(!fast_enable(&own, SNAP, zone, arena, &restore, &err));
	check(err.fault == fault);
	error_clear(&err);
}

/* Lets the other account use it, or no longer. */
static void shares(bool add)
{
	static const char *const grantee[] = { OTHER };
	const struct image_sharing sharing = {
		.add = add ? grantee : NULL,
		.add_count = add,
		.remove = add ? NULL : grantee,
		.remove_count = !add,
	};

	good(snapshot_share(&call, SNAP, &sharing, &err));
}

/* From nothing to a volume that stands on one layer. */
static void lives(void)
{
	auto_of(arena) arena = arena_new();
	const usec_t start = call.now;
	struct fast_restore one;
	struct fast_layer flat;
	bool encrypted;

	makes(ACCOUNT, false, 3);
	enables(ACCOUNT, FAULT_NONE);
	one = state_of(ACCOUNT, arena, "enabling");
	check(one.enabling == start && !one.optimizing && !one.enabled);
	flat = layer_of(arena, true);
	check(flat.layer && !flat.built);
	makes(ACCOUNT, false, 3);
	call.now += USEC_PER_SEC;
	check(jobs() == 1);
	one = state_of(ACCOUNT, arena, "optimizing");
	check(one.optimizing == start + USEC_PER_SEC);
	flat = layer_of(arena, true);
	check(flat.built && layer_exists(call.store->chain, flat.layer));
	good(layer_encrypted(call.store->chain, flat.layer, &encrypted, &err));
	check(!encrypted);
	/* not before its time is over; the layer was built by the wall clock */
	call.now = one.due - 1;
	state_of(ACCOUNT, arena, "optimizing");
	call.now = one.due > flat.built ? one.due : flat.built;
	one = state_of(ACCOUNT, arena, "enabled");
	check(one.enabled == call.now &&
	      one.due - one.optimizing == credit_optimizing(1));
	/* the bucket begins empty, and has one after six minutes */
	makes(ACCOUNT, false, 3);
	call.now += 6 * MINUTE;
	makes(ACCOUNT, true, 1);
	makes(ACCOUNT, false, 3);
	call.now += 12 * MINUTE;
	makes(ACCOUNT, true, 1);
	makes(ACCOUNT, true, 1);
	makes(ACCOUNT, false, 3);
	/* a clock that goes back fills nothing, and from then on as ever */
	call.now -= 1000 * MINUTE;
	makes(ACCOUNT, false, 3);
	call.now += 6 * MINUTE;
	makes(ACCOUNT, true, 1);
	makes(ACCOUNT, false, 3);
	/* again is nothing new */
	enables(ACCOUNT, FAULT_NONE);
	check(jobs() == 0);
	state_of(ACCOUNT, arena, "enabled");
}

/* Another account enables it for itself, has its own bucket, and loses it with
 * the permission. */
static void is_shared(void)
{
	auto_of(arena) arena = arena_new();
	enables(OTHER, FAULT_SNAPSHOT_NOT_FOUND);
	shares(true);
	enables(OTHER, FAULT_NONE);
	check(jobs() == 1);
	state_of(OTHER, arena, "optimizing");
	call.now += MINUTE;
	state_of(OTHER, arena, "enabled");
	call.now += 6 * MINUTE;
	makes(OTHER, true, 1);
	makes(OTHER, false, 3);
	makes(ACCOUNT, true, 1);
	shares(false);
	state_of(OTHER, arena, "disabling");
	check(jobs() == 1);
	state_of(OTHER, arena, "disabled");
	state_of(ACCOUNT, arena, "enabled");
	layer_of(arena, true);
}

static void has_quota(void)
{
	check(setenv("QAMI_FSR_SNAPSHOTS", "0", 1) == 0);
	enables(OTHER, FAULT_SNAPSHOT_NOT_FOUND);
	check(setenv("QAMI_FSR_SNAPSHOTS", "1", 1) == 0);
	enables(ACCOUNT, FAULT_NONE); /* it is enabled already */
	check(setenv("QAMI_FSR_SNAPSHOTS", "0", 1) == 0);
	shares(true);
	enables(OTHER, FAULT_RESOURCE_LIMIT);
	check(unsetenv("QAMI_FSR_SNAPSHOTS") == 0);
}

/* It ends, and the bytes come back. */
static void ends(void)
{
	auto_of(arena) arena = arena_new();
	struct fast_layer flat = layer_of(arena, true);
	struct fast_restore restore;
	uint64_t with, without, own, warm;
	bool found;

	good(space_full(&call, layers[2], &own, &err));
	good(space_total(&call, &with, &err));
	good(fast_warm(&call, &warm, &err));
	check(warm >= own);
	check(setenv("QAMI_FSR_WARM", "64K", 1) == 0);
	good(fast_warm(&call, &warm, &err));
	check(warm == CLUSTER);
	check(unsetenv("QAMI_FSR_WARM") == 0);
	good(fast_disable(&call, SNAP, zone, arena, &restore, &err));
	check(restore.disabling == call.now);
	state_of(ACCOUNT, arena, "disabling");
	call.now += 6 * MINUTE;
	makes(ACCOUNT, false, 3);
	check(!fast_disable(&call, SNAP, zone, arena, &restore, &err));
	check(err.fault == FAULT_INCORRECT_STATE);
	error_clear(&err);
	check(jobs() == 1);
	state_of(ACCOUNT, arena, "disabled");
	layer_of(arena, false);
	check(!layer_exists(call.store->chain, flat.layer));
	good(space_total(&call, &without, &err));
	check(with - without == own);
	/* it is listed for an hour */
	call.now += 61 * MINUTE;
	good(fast_settle(&call, &err));
	good(fast_restore_get(call.store->db, SNAP, zone, ACCOUNT, arena,
			      &restore, &found, &err));
	check(!found);
}

/* What was disabled while it was built is built for nobody; what was enabled
 * again is there. */
static void changes_mind(void)
{
	auto_of(arena) arena = arena_new();
	struct fast_restore restore;
	struct fast_layer flat;

	enables(ACCOUNT, FAULT_NONE);
	good(fast_disable(&call, SNAP, zone, arena, &restore, &err));
	check(jobs() == 2);
	state_of(ACCOUNT, arena, "disabled");
	layer_of(arena, false);
	enables(ACCOUNT, FAULT_NONE);
	good(fast_disable(&call, SNAP, zone, arena, &restore, &err));
	enables(ACCOUNT, FAULT_NONE);
	check(jobs() == 3);
	state_of(ACCOUNT, arena, "optimizing");
	flat = layer_of(arena, true);
	check(flat.built);
	/* with the snapshot it goes */
	good(snapshot_drop(&call, SNAP, &err));
	good(layers_reap(&call, &err));
	layer_of(arena, false);
	check(!layer_exists(call.store->chain, flat.layer));
}

int main(void)
{
	store_new();
	good(account_ensure(call.store->db, OTHER, &err));
	make_layer(layers[0], NULL, "snap-00000000000000001", "0123", 7);
	make_layer(layers[1], layers[0], "snap-00000000000000002", "12-:", 8);
	make_layer(layers[2], layers[1], SNAP, "2345", 9);
	lives();
	is_shared();
	has_quota();
	ends();
	changes_mind();
	store_close(call.store);
	return 0;
}
