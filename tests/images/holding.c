/* holding.c - whose each block of random trees is, against a model of bytes
 *
 * The model follows each cluster of each holder down to the layer that has it.
 * What would be freed is held against snapshots that are really deleted.
 */
#include "images/holding.h"

#include "images/layers.h"
#include "images/snapshot.h"
#include "images/tend.h"
#include "tests/images/testing.h"

#define LAYERS 9
#define CLUSTERS 12
#define HOLDERS 7
#define GROUPS 3

static struct {
	char name[LAYER_NAME_SIZE];
	int parent;	   /* -1: a bottom */
	char at[CLUSTERS]; /* 'd' data, 'z' zeros, '.' nothing */
} layers[LAYERS];
static struct {
	char snapshot[24];
	int layer;
	size_t group;
	bool dropped;
} named[HOLDERS];
static unsigned noise;

static unsigned draw(unsigned below)
{
	noise = noise * 1664525 + 1013904223;
	return (noise >> 16) % below;
}

static void make_tree(unsigned round)
{
	for (int i = 0; i < LAYERS; i++) {
		char text[3 * CLUSTERS] = "";

		layers[i].parent = i && draw(6) ? (int)draw((unsigned)i) : -1;
		for (int at = 0; at < CLUSTERS; at++) {
			unsigned kind = draw(5);
			size_t size = strlen(text);

			layers[i].at[at] = kind < 2 ? 'd' :
					   kind < 3 ? 'z' :
						      '.';
			if (kind < 3)
				snprintf(text + size, sizeof(text) - size,
					 "%s%c", kind < 2 ? "" : "-", '0' + at);
		}
		make_layer(layers[i].name,
			   layers[i].parent < 0 ? NULL :
						  layers[layers[i].parent].name,
			   NULL, text, 7);
	}
	for (int i = 0; i < HOLDERS; i++) {
		snprintf(named[i].snapshot, sizeof(named[i].snapshot),
			 "snap-%04u%013d", round, i);
		/* the last layers, so that others are hidden; two share one */
		named[i].layer = i ? LAYERS - 1 - (int)draw(6) : LAYERS - 1;
		named[i].group = draw(GROUPS);
		named[i].dropped = false;
		name_snapshot(named[i].snapshot, layers[named[i].layer].name);
	}
}

/* What nobody names and nothing stands on is not left behind by any call. */
static void prune(void)
{
	for (int i = LAYERS; i--;) {
		bool needed = false;

		for (int j = 0; j < HOLDERS; j++)
			needed |= named[j].layer == i;
		for (int j = 0; j < LAYERS; j++)
			needed |= layers[j].parent == i && *layers[j].name;
		if (needed)
			continue;
		good(layers_release(&call, layers[i].name, &err));
		*layers[i].name = 0;
		memset(layers[i].at, '.', CLUSTERS);
	}
	good(layers_reap(&call, &err));
}

/* The layer whose data a holder sees at a cluster; -1: zeros. */
static int seen_at(int holder, int cluster)
{
	int layer = named[holder].layer;

	while (layer >= 0 && layers[layer].at[cluster] == '.')
		layer = layers[layer].parent;
	return layer >= 0 && layers[layer].at[cluster] == 'd' ? layer : -1;
}

/* One stored cluster: who sees it. */
static void model_one(int layer, int cluster, struct holding *holdings,
		      uint64_t *rest)
{
	bool sees[GROUPS] = { false };
	int first = -1, groups = 0;
	size_t only = 0;

	for (int i = HOLDERS; i--;)
		if (!named[i].dropped && seen_at(i, cluster) == layer) {
			sees[named[i].group] = true;
			first = i;
		}
	for (size_t group = 0; group < GROUPS; group++)
		if (sees[group]) {
			holdings[group].full += CLUSTER;
			only = group;
			groups++;
		}
	if (groups == 1)
		holdings[only].unique += CLUSTER;
	if (first < 0)
		*rest += CLUSTER;
	else
		holdings[named[first].group].stored += CLUSTER;
}

static void compare(const struct world *world)
{
	struct holding got[GROUPS], want[GROUPS] = { 0 };
	struct holder holders[HOLDERS];
	uint64_t rest = 1, wanted_rest = 0, sum = 0, own = 0;

	for (int i = 0; i < HOLDERS; i++)
		holders[i] = (struct holder){
			.layer = layers[named[i].layer].name,
			.group = named[i].group,
			.dropped = named[i].dropped,
		};
	good(holding_count(world, holders, HOLDERS, GROUPS, got, &rest, &err));
	for (int layer = 0; layer < LAYERS; layer++)
		for (int at = 0; at < CLUSTERS; at++)
			if (layers[layer].at[at] == 'd')
				model_one(layer, at, want, &wanted_rest);
	for (size_t i = 0; i < GROUPS; i++) {
		check(got[i].full == want[i].full);
		check(got[i].unique == want[i].unique);
		check(got[i].stored == want[i].stored);
		sum += got[i].stored;
	}
	check(rest == wanted_rest);
	for (size_t i = 0; i < world->tree.count; i++)
		own += world->spaces[i].own;
	check(sum + rest == own);
}

/* What holding_left() says of a set is what is left when that is deleted. */
static void delete_some(void)
{
	auto_of(arena) arena = arena_new();
	auto_world world = { .maps = NULL };
	struct holder holders[HOLDERS];
	struct tend_report report;
	uint64_t before, left, after;

	good(world_load(&call, arena, &world, &err));
	for (int i = 0; i < HOLDERS; i++) {
		named[i].dropped = draw(2);
		holders[i] = (struct holder){
			.layer = layers[named[i].layer].name,
			.dropped = named[i].dropped,
		};
	}
	compare(&world);
	good(holding_left(&world, holders, HOLDERS, &left, &err));
	good(space_total(&call, &before, &err));
	for (int i = 0; i < HOLDERS; i++)
		if (named[i].dropped)
			good(snapshot_drop(&call, named[i].snapshot, &err));
	good(layers_reap(&call, &err));
	good(tend_all(&call, &report, &err));
	good(space_total(&call, &after, &err));
	check(after == left && after <= before);
}

/* The figure that `qami snaps --tree` shows of one is the same question. */
static void one_at_a_time(void)
{
	auto_of(arena) arena = arena_new();
	auto_world world = { .maps = NULL };
	const struct space *spaces;
	struct tree tree;
	uint64_t now, left;

	good(world_load(&call, arena, &world, &err));
	good(space_measure(&call, arena, &tree, &spaces, &err));
	good(holding_left(&world, NULL, 0, &now, &err));
	for (int i = 0; i < HOLDERS; i++) {
		const char *layer = layers[named[i].layer].name;
		const struct holder one = { .layer = layer, .dropped = true };
		size_t at = tree_find(&tree, layer);

		good(holding_left(&world, &one, 1, &left, &err));
		check(now - left == spaces[at].frees);
	}
}

static void clear(void)
{
	struct tend_report report;
	uint64_t bytes;

	for (int i = 0; i < HOLDERS; i++)
		if (!named[i].dropped)
			good(snapshot_drop(&call, named[i].snapshot, &err));
	good(layers_reap(&call, &err));
	good(tend_all(&call, &report, &err));
	good(space_total(&call, &bytes, &err));
	check(bytes == 0);
}

int main(void)
{
	store_new();
	for (unsigned round = 1; round <= 4; round++) {
		auto_of(arena) arena = arena_new();
		auto_world world = { .maps = NULL };

		noise = round;
		make_tree(round);
		prune();
		good(world_load(&call, arena, &world, &err));
		compare(&world);
		one_at_a_time();
		delete_some();
		clear();
	}
	store_close(call.store);
	return 0;
}
