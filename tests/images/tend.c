/* tend.c - what is announced goes, chains stay short, and nothing changes that
 * anybody sees
 *
 * What each snapshot shows is written out as a raw file before anything is
 * tended, and compared after it.
 */
#include "images/tend.h"

#include <pthread.h>

#include "images/chain/digests.h"
#include "images/chain/merge.h"
#include "images/layers.h"
#include "images/reduce.h"
#include "images/registry/volume.h"
#include "images/snapshot.h"
#include "images/space.h"
#include "images/tend-private.h"
#include "images/turn.h"
#include "tests/images/testing.h"

static char *shown(const char *name)
{
	return in_dir(keep(format_text("%s.shown", name)));
}

static void write_down(const char *name)
{
	run("qemu-img", "convert", "-O", "raw",
	    keep(layer_path(call.store->chain, name)), shown(name));
}

static void still_shows(const char *name)
{
	run("qemu-img", "compare", "-f", "qcow2", "-F", "raw",
	    keep(layer_path(call.store->chain, name)), shown(name));
}

static size_t depth(const char *name)
{
	size_t layers;

	good(layers_depth(&call, name, &layers, &err));
	return layers;
}

static uint64_t total(void)
{
	uint64_t bytes;

	good(space_total(&call, &bytes, &err));
	return bytes;
}

static struct space space_of(const char *name)
{
	auto_of(arena) arena = arena_new();
	const struct space *spaces;
	struct tree tree;

	good(space_measure(&call, arena, &tree, &spaces, &err));
	check(tree_find(&tree, name) != TREE_NONE);
	return spaces[tree_find(&tree, name)];
}

static struct tend_report tend(void)
{
	struct tend_report report;

	good(tend_all(&call, &report, &err));
	return report;
}

/* The header of each layer names what its row names. */
static void agrees(void)
{
	auto_of(arena) arena = arena_new();
	char parent[LAYER_NAME_SIZE];
	struct tree tree;

	good(tree_load(&call, arena, &tree, &err));
	for (size_t i = 0; i < tree.count; i++) {
		const char *wanted = tree.layers[i].row->layer.parent;

		check(!layer_is(&tree.layers[i], "doomed"));
		good(layer_parent(call.store->chain, tree.layers[i].name,
				  parent, &err));
		check(strcmp(parent, wanted ? wanted : "") == 0);
		check(!layer_is(&tree.layers[i], "frozen") ||
		      digests_exist(call.store->chain, tree.layers[i].name));
	}
	check(census(call.store->chain).files == tree.count);
}

/* Deletes one of a line, and what was announced is what goes. */
static void drop(const char *snapshot, const char *layer)
{
	uint64_t announced = space_of(layer).frees, before = total();
	struct tend_report report;

	good(snapshot_drop(&call, snapshot, &err));
	good(layers_reap(&call, &err));
	report = tend();
	check(!report.left);
	if (before - total() != announced) {
		fprintf(stderr, "announced %ju, freed %ju\n",
			(uintmax_t)announced, (uintmax_t)(before - total()));
		check(!"that is what was announced");
	}
}

/* Five snapshots with changes between; the first goes, then the third. */
static void five(void)
{
	static const char *const changes[] = { "0123456789:;<=>?", "0246A",
					       "1234BC", "26-7", "5678D" };
	char layers[5][LAYER_NAME_SIZE];
	char *ids[5];

	for (int i = 0; i < 5; i++) {
		ids[i] = keep(format_text("snap-0000000000000000%d", i));
		make_layer(layers[i], i ? layers[i - 1] : NULL, ids[i],
			   changes[i], 17 * (unsigned)i + 1);
		write_down(layers[i]);
	}
	tend();
	drop(ids[0], layers[0]);
	for (int i = 1; i < 5; i++)
		still_shows(layers[i]);
	check(depth(layers[4]) == 4);
	drop(ids[2], layers[2]);
	still_shows(layers[1]);
	still_shows(layers[3]);
	still_shows(layers[4]);
	check(depth(layers[4]) == 3);
	agrees();
	for (int i = 1; i < 5; i++)
		if (i != 2)
			drop(ids[i], layers[i]);
	check(total() == 0 && census(call.store->chain).files == 0);
}

/* A layer that two stand on stays until one of them goes. */
static void fork_of_two(void)
{
	char base[LAYER_NAME_SIZE], a[LAYER_NAME_SIZE], b[LAYER_NAME_SIZE];

	make_layer(base, NULL, "snap-000000000000000a0", "01234", 3);
	make_layer(a, base, "snap-000000000000000a1", "01", 4);
	make_layer(b, base, "snap-000000000000000a2", "12", 5);
	write_down(a);
	write_down(b);
	drop("snap-000000000000000a0", base);
	check(depth(a) == 2 && depth(b) == 2);
	drop("snap-000000000000000a1", a);
	check(depth(b) == 1);
	still_shows(b);
	agrees();
	drop("snap-000000000000000a2", b);
}

/* A volume whose active layer stands on another one. */
static void make_volume(const char *id, char head[LAYER_NAME_SIZE],
			const char *base)
{
	struct layer_ref below = { base, LAYER_QCOW2 };
	struct layer row = { head, "qcow2", base, (int64_t)GIB, "active" };
	struct volume volume = {
		.id = id,
		.owner = ACCOUNT,
		.layer = head,
		.snapshot = "",
		.size = 1,
		.type = "gp2",
		.zone = "us-east-1a",
		.state = "available",
		.created = 1,
	};

	layer_name_new(LAYER_QCOW2, head);
	good(layer_create(call.store->chain, head, &below, GIB, &err));
	good(layer_insert(call.store->db, &row, &err));
	good(volume_insert(call.store->db, &volume, &err));
}

static void drop_volume(const char *id, const char *head)
{
	good(volume_delete(call.store->db, id, &err));
	good(layers_release(&call, head, &err));
	good(layers_reap(&call, &err));
}

/* The active layer of an idle volume takes in what is below it. */
static void volume(void)
{
	char base[LAYER_NAME_SIZE], head[LAYER_NAME_SIZE];

	make_layer(base, NULL, "snap-000000000000000b0", "01234", 3);
	make_volume("vol-00000000000000001", head, base);
	fill(head, "26", 9);
	write_down(head);
	drop("snap-000000000000000b0", base);
	check(depth(head) == 1);
	still_shows(head);
	fill(head, "1", 10); /* it is as writable as before */
	agrees();
	drop_volume("vol-00000000000000001", head);
}

/* A guest's QEMU that ended while it shortened the chain of its active layer:
 * the header names the base already, but not all that was to be copied is
 * there. Nothing is believed but the row. */
static void cut_short(void)
{
	char base[LAYER_NAME_SIZE], mid[LAYER_NAME_SIZE], head[LAYER_NAME_SIZE];
	struct layer_ref below = { mid, LAYER_QCOW2 };
	struct layer row = { head, "qcow2", mid, (int64_t)GIB, "active" };
	auto_of(arena) arena = arena_new();
	char parent[LAYER_NAME_SIZE];
	const char *answer;
	struct op op = {
		.kind = "tend",
		.account = ACCOUNT,
		.action = "Test",
		.request = "",
		.slow = true,
	};

	make_layer(base, NULL, "snap-000000000000000e0", "01234", 3);
	make_layer(mid, base, "snap-000000000000000e1", "12", 4);
	layer_name_new(LAYER_QCOW2, head);
	good(layer_create(call.store->chain, head, &below, GIB, &err));
	good(layer_insert(call.store->db, &row, &err));
	fill(head, "26", 9);
	write_down(head);
	op.payload = keep(format_text("{\"way\":\"live\",\"child\":\"%s\","
				      "\"base\":\"%s\",\"level\":1}",
				      head, base));
	good(op_begin(call.store->journal, &op, arena, &answer, &err));
	good(op_step(call.store->journal, op.id, "fired", 1, NULL, NULL, &err));
	run("qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-b", base, "-F",
	    "qcow2", keep(layer_path(call.store->chain, head)));
	good(reduce_settle(&call, &op, &err));
	check(strcmp(op.payload, "{}") == 0);
	good(layer_parent(call.store->chain, head, parent, &err));
	check(strcmp(parent, mid) == 0);
	still_shows(head);
	good(op_step(call.store->journal, op.id, "done", 2, NULL, NULL, &err));
	good(layers_release(&call, head, &err));
	good(layers_reap(&call, &err));
	drop("snap-000000000000000e1", mid);
	drop("snap-000000000000000e0", base);
}

/* One step of shortening, by another thread. */
struct pulling {
	struct reduction reduction;
	struct op op;
	struct error err;
	bool done;
};

static void *pull(void *data)
{
	struct pulling *pulling = data;

	pulling->done =
		reduce(&call, &pulling->op, &pulling->reduction, &pulling->err);
	return NULL;
}

static ino_t inode_of(const char *layer)
{
	struct stat st;

	check(stat(keep(layer_path(call.store->chain, layer)), &st) == 0);
	return st.st_ino;
}

/* Pins while a layer is being rebuilt: until the pin goes the layer's file is
 * the same, for a machine that is being started has rights to that one alone.
 * False when the file was there sooner than the pin. */
static bool pins(const char *base, const char *child)
{
	struct pulling pulling = { { REDUCE_PULL, .child = child, .base = base },
				   .err = { 0 } };
	auto_free char *draft =
		format_text("%s/new-%s", keep(in_dir("store/layers")), child);
	ino_t was = inode_of(child);
	auto_turn pin = TURN_INIT;
	pthread_t thread;
	bool pinned;

	good(tend_begin(&call, &pulling.op, &err));
	check(pthread_create(&thread, NULL, pull, &pulling) == 0);
	while (access(draft, F_OK) != 0 && inode_of(child) == was)
		usleep(100);
	good(turn_pin(&call, &pin, &err));
	pinned = inode_of(child) == was;
	usleep(pinned ? 500000 : 0);
	check(!pinned || inode_of(child) == was);
	turn_done(&pin);
	check(pthread_join(thread, NULL) == 0);
	if (!pulling.done)
		err = pulling.err;
	good(pulling.done);
	check(inode_of(child) != was);
	good(op_step(call.store->journal, pulling.op.id, "done", 2, NULL, NULL,
		     &err));
	return pinned;
}

static void pinned(void)
{
	enum { TRIES = 8 };
	char layers[TRIES + 1][LAYER_NAME_SIZE];
	bool told = false;

	make_layer(layers[0], NULL, "snap-00000000000000090", "0123", 1);
	for (unsigned i = 1; i <= TRIES; i++)
		make_layer(layers[i], layers[i - 1], NULL, "12", i + 1);
	name_snapshot("snap-00000000000000091", layers[TRIES]);
	write_down(layers[TRIES]);
	/* from the top, so that each pull takes one layer out */
	for (unsigned i = TRIES; i >= 2 && !told; i--)
		told = pins(layers[i - 2], layers[TRIES]);
	check(told);
	still_shows(layers[TRIES]);
	good(snapshot_drop(&call, "snap-00000000000000091", &err));
	good(snapshot_drop(&call, "snap-00000000000000090", &err));
	good(layers_reap(&call, &err));
	check(census(call.store->chain).files == 0);
}

/* A kept chain of a hundred gets short, and stays as it was. What little it
 * holds stands on its bottom each time. */
static void hundred(void)
{
	static char layers[100][LAYER_NAME_SIZE];
	uint64_t before;

	for (int i = 0; i < 100; i++) {
		char cluster[] = { (char)('0' + i % 40), (char)('0' + i % 7),
				   0 };

		make_layer(layers[i], i ? layers[i - 1] : NULL,
			   keep(format_text("snap-0000000000000c%03d", i)),
			   cluster, 1 + (unsigned)i);
		if (i % 9 == 0 || i == 99)
			write_down(layers[i]);
	}
	before = total();
	check(depth(layers[99]) == 100);
	check(tend().shortened == 6);
	for (int i = 0; i < 100; i++) {
		check(depth(layers[i]) <= TEND_EVERY + 3);
		if (i % 9 == 0 || i == 99)
			still_shows(layers[i]);
	}
	check(total() > before && total() <= before + 6 * TEND_CHEAP);
	agrees();
	check(!tend().shortened);
	/* the kept ones may go in any order all the same */
	for (int i = 0; i < 99; i += 3) {
		good(snapshot_drop(
			&call, keep(format_text("snap-0000000000000c%03d", i)),
			&err));
		good(layers_reap(&call, &err));
	}
	tend();
	still_shows(layers[99]);
	agrees();
	for (int i = 0; i < 100; i++)
		if (i % 3 || i == 99)
			good(snapshot_drop(
				&call,
				keep(format_text("snap-0000000000000c%03d", i)),
				&err));
	good(layers_reap(&call, &err));
	check(census(call.store->chain).files == 0);
}

/* What is too much to be copied again and again is copied once, as far as the
 * levels go; a forced run lets the volume on top be read like one file, and
 * copies nothing when it comes again. */
static void bulky(void)
{
	enum { COUNT = 40, MEGABYTES = 2 };
	static char layers[COUNT][LAYER_NAME_SIZE];
	static char head[LAYER_NAME_SIZE];
	auto_of(arena) arena = arena_new();
	uint64_t before, copied;
	struct op op;
	bool found;
	usec_t due;

	for (unsigned i = 0; i < COUNT; i++) {
		make_layer(layers[i], i ? layers[i - 1] : NULL,
			   keep(format_text("snap-0000000000000f%03u", i)), "",
			   i);
		run("qemu-io", "-f", "qcow2", "-c",
		    keep(format_text("write -P %u %uM %uM", i + 1,
				     i * MEGABYTES, MEGABYTES)),
		    writable(keep(layer_path(call.store->chain, layers[i]))));
	}
	make_volume("vol-00000000000000f01", head, layers[COUNT - 1]);
	for (unsigned i = 0; i < COUNT; i += 13)
		write_down(layers[i]);
	write_down(head);
	before = total();
	good(layers_tend(&call, &err));
	good(op_take(call.store->journal, OP_SLOW_JOB, clock_now(), arena, &op,
		     &found, &err));
	check(found);
	good(tend_job(&call, &op, &due, &err));
	check(due == 0);
	for (unsigned i = 0; i < COUNT; i++)
		check(depth(layers[i]) <= TEND_EVERY + 3);
	check(total() > before && total() <= 2 * before);
	check(depth(head) > 3);
	agrees();
	before = total();
	check(tend().shortened == 1);
	check(depth(head) == 2);
	copied = total() - before;
	check(copied <= COUNT * (MEGABYTES + 1) << 20);
	for (unsigned i = 0; i < COUNT; i += 13)
		still_shows(layers[i]);
	still_shows(head);
	agrees();
	before = total();
	check(!tend().shortened && total() == before);
	drop_volume("vol-00000000000000f01", head);
	for (unsigned i = 0; i < COUNT; i++)
		good(snapshot_drop(
			&call, keep(format_text("snap-0000000000000f%03u", i)),
			&err));
	good(layers_reap(&call, &err));
	check(census(call.store->chain).files == 0);
}

/* The job that is left behind merges what pays, and only that. */
static void worth(void)
{
	char base[LAYER_NAME_SIZE], top[LAYER_NAME_SIZE], *path;
	auto_of(arena) arena = arena_new();
	usec_t due;
	struct op op;
	bool found;

	make_layer(base, NULL, "snap-000000000000000d0", "", 3);
	path = keep(layer_path(call.store->chain, base));
	run("qemu-io", "-f", "qcow2", "-c", "write -P 3 0 24M", writable(path));
	make_layer(top, base, "snap-000000000000000d1", "", 4);
	path = keep(layer_path(call.store->chain, top));
	run("qemu-io", "-f", "qcow2", "-c", "write -P 4 100M 24M",
	    writable(path));
	good(snapshot_drop(&call, "snap-000000000000000d0", &err));
	good(op_take(call.store->journal, OP_SLOW_JOB, clock_now(), arena, &op,
		     &found, &err));
	check(found);
	good(tend_job(&call, &op, &due, &err));
	check(due == 0 && depth(top) == 2);
	/* it frees nothing, so that not even a forced run moves the bytes */
	check(!tend().merged && depth(top) == 2);
	run("qemu-io", "-f", "qcow2", "-c", "write -P 4 0 12M", path);
	good(layers_tend(&call, &err));
	good(layers_tend(&call, &err));
	good(op_take(call.store->journal, OP_SLOW_JOB, clock_now(), arena, &op,
		     &found, &err));
	check(found);
	good(tend_job(&call, &op, &due, &err));
	check(due == 0 && depth(top) == 1);
	good(op_take(call.store->journal, OP_SLOW_JOB, clock_now(), arena, &op,
		     &found, &err));
	check(!found);
}

int main(void)
{
	store_new();
	five();
	fork_of_two();
	volume();
	cut_short();
	pinned();
	hundred();
	bulky();
	worth();
	store_close(call.store);
	return 0;
}
