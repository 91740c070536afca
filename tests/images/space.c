/* space.c - the figures of trees whose every byte is known
 *
 * Layers get whole clusters by qemu-io. Rows are written as the verbs would.
 */
#include "images/space.h"

#include "images/layers.h"
#include "images/registry/account.h"
#include "images/registry/snapshot.h"
#include "images/snapshot.h"
#include "tests/images/chain/testing.h"

#define ACCOUNT "123456789012"
#define CLUSTER (64 * 1024ULL)

static struct error err;
static struct call call = { .account = ACCOUNT, .action = "Test" };

/* A frozen layer over another one, with data in some clusters, named by a
 * snapshot of its own unless `snapshot` is NULL. */
static void layer(char name[LAYER_NAME_SIZE], const char *parent,
		  const char *snapshot, const char *clusters)
{
	struct layer_ref below = { parent, LAYER_QCOW2 };
	struct layer row = { NULL, "qcow2", parent, (int64_t)GIB, "frozen" };
	struct snapshot named = {
		.id = snapshot,
		.owner = ACCOUNT,
		.volume = "vol-ffffffff",
		.size = 1,
		.description = "",
		.state = "completed",
		.created = 1,
	};
	auto_free char *path = NULL;
	const char *argv[64] = { "qemu-io", "-f", "qcow2" };
	size_t words = 3;

	layer_name_new(LAYER_QCOW2, name);
	row.name = named.layer = name;
	path = layer_path(call.store->chain, name);
	good(layer_create(call.store->chain, name, parent ? &below : NULL, GIB,
			  &err));
	for (const char *c = clusters; *c; c++) {
		argv[words++] = "-c";
		argv[words++] = keep(format_text(
			*c == 'z' ? "write -z -u 640k 64k" :
				    "write -P 7 %uk 64k",
			(unsigned)(*c - '0') * 64));
	}
	argv[words] = path;
	if (*clusters)
		run_argv(argv);
	good(layer_freeze(call.store->chain, name, &err));
	good(layer_insert(call.store->db, &row, &err));
	if (snapshot)
		good(snapshot_insert(call.store->db, &named, &err));
}

/* What is said of a layer, in clusters. */
static void says(const char *name, uint64_t own, uint64_t full,
		 uint64_t unique, uint64_t frees)
{
	auto_of(arena) arena = arena_new();
	const struct space *spaces;
	uint64_t counted;
	struct tree tree;
	size_t at;

	good(space_measure(&call, arena, &tree, &spaces, &err));
	at = tree_find(&tree, name);
	check(at != TREE_NONE);
	if (spaces[at].own != own * CLUSTER ||
	    spaces[at].full != full * CLUSTER ||
	    spaces[at].unique != unique * CLUSTER ||
	    spaces[at].frees != frees * CLUSTER) {
		fprintf(stderr, "%s: own %ju full %ju unique %ju frees %ju\n",
			name, (uintmax_t)(spaces[at].own / CLUSTER),
			(uintmax_t)(spaces[at].full / CLUSTER),
			(uintmax_t)(spaces[at].unique / CLUSTER),
			(uintmax_t)(spaces[at].frees / CLUSTER));
		check(!"the figures that were expected");
	}
	good(space_full(&call, name, &counted, &err));
	check(counted == full * CLUSTER);
}

static void drop(const char *snapshot)
{
	good(snapshot_drop(&call, snapshot, &err));
}

/* A <- B <- C, each with some of its own. */
static void line(void)
{
	char a[LAYER_NAME_SIZE], b[LAYER_NAME_SIZE], c[LAYER_NAME_SIZE];
	uint64_t total;

	layer(a, NULL, "snap-00000000000000001", "0123");
	layer(b, a, "snap-00000000000000002", "12z");
	layer(c, b, "snap-00000000000000003", "2345");
	/* a: 1 and 2 are b's; b sees 0 and 3 of a; c sees 0 of a, 1 of b */
	says(a, 4, 4, 2, 2);
	says(b, 2, 4, 1, 1);
	says(c, 4, 6, 4, 4);
	good(space_total(&call, &total, &err));
	check(total == 10 * CLUSTER);
	good(layer_set_full(call.store->db, c, 77, &err));
	good(space_full(&call, c, &total, &err));
	check(total == 77);
	good(layer_set_full(call.store->db, c, 6 * CLUSTER, &err));
	/* a is hidden: as good as merged into b, which holds 0 to 3 then */
	drop("snap-00000000000000001");
	says(b, 2, 4, 2, 2);
	drop("snap-00000000000000002");
	says(c, 4, 6, 6, 4 + 2);
	drop("snap-00000000000000003");
}

/* Two snapshots over a hidden layer, and one of three. */
static void branches(void)
{
	char base[LAYER_NAME_SIZE], a[LAYER_NAME_SIZE], b[LAYER_NAME_SIZE],
		c[LAYER_NAME_SIZE];

	layer(base, NULL, NULL, "01234");
	layer(a, base, "snap-00000000000000011", "01");
	layer(b, base, "snap-00000000000000012", "12");
	/* without a, base merges into b, which covers 1 and 2 of it */
	says(a, 2, 5, 2 + 1, 2 + 2);
	says(b, 2, 5, 2 + 1, 2 + 2);
	layer(c, base, "snap-00000000000000013", "1");
	/* now base stays for the others, covered or not */
	says(a, 2, 5, 2, 2);
	says(b, 2, 5, 2, 2);
	says(c, 1, 5, 1, 1);
	drop("snap-00000000000000011");
	drop("snap-00000000000000012");
	/* c is alone over base, whose 1 is as good as gone */
	says(c, 1, 5, 5, 5);
}

/* Several snapshots of one layer: none frees anything alone. */
static void shared(void)
{
	char a[LAYER_NAME_SIZE];
	struct snapshot twin = {
		.id = "snap-00000000000000022",
		.owner = ACCOUNT,
		.layer = a,
		.volume = "vol-ffffffff",
		.size = 1,
		.description = "",
		.state = "completed",
		.created = 1,
	};

	layer(a, NULL, "snap-00000000000000021", "0189");
	good(snapshot_insert(call.store->db, &twin, &err));
	says(a, 4, 4, 0, 0);
	drop("snap-00000000000000022");
	says(a, 4, 4, 4, 4);
}

int main(void)
{
	good(store_open(in_dir("store"), NULL, &call.store, &err));
	good(account_ensure(call.store->db, ACCOUNT, &err));
	line();
	branches();
	shared();
	store_close(call.store);
	return 0;
}
