/* space.c - the figures of trees whose every byte is known
 *
 * In clusters; ':' is the tenth.
 */
#include "images/space.h"

#include <sys/wait.h>

#include "images/snapshot.h"
#include "images/turn.h"
#include "tests/images/testing.h"

/* What is said of a layer, in clusters. */
static void says(const char *name, uint64_t own, uint64_t full, uint64_t unique,
		 uint64_t frees)
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

	make_layer(a, NULL, "snap-00000000000000001", "0123", 7);
	make_layer(b, a, "snap-00000000000000002", "12-:", 7);
	make_layer(c, b, "snap-00000000000000003", "2345", 7);
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

	make_layer(base, NULL, NULL, "01234", 7);
	make_layer(a, base, "snap-00000000000000011", "01", 7);
	make_layer(b, base, "snap-00000000000000012", "12", 7);
	/* without a, base merges into b, which covers 1 and 2 of it */
	says(a, 2, 5, 2 + 1, 2 + 2);
	says(b, 2, 5, 2 + 1, 2 + 2);
	make_layer(c, base, "snap-00000000000000013", "1", 7);
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

	make_layer(a, NULL, "snap-00000000000000021", "0189", 7);
	name_snapshot("snap-00000000000000022", a);
	says(a, 4, 4, 0, 0);
	drop("snap-00000000000000022");
	says(a, 4, 4, 4, 4);
}

/* Takes a layer's file away for a while, as one who moves layers about. */
static pid_t take_away(const char *layer)
{
	auto_free char *path = layer_path(call.store->chain, layer);
	auto_free char *away = format_text("%s.away", path);
	int ready[2];
	char byte;
	pid_t pid;

	check(path && away && pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		auto_turn turn = TURN_INIT;

		good(turn_unpinned(&call, TURN_WAIT_MS, &turn, &err));
		check(rename(path, away) == 0 && write(ready[1], "", 1) == 1);
		usleep(300000);
		check(rename(away, path) == 0);
		_exit(0);
	}
	check(pid > 0 && read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void is_back(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Files that are not there yet when the rows are, until long after, are waited
 * for. */
static void moving(void)
{
	char a[LAYER_NAME_SIZE];
	uint64_t before, after;
	pid_t pid;

	make_layer(a, NULL, "snap-00000000000000031", "0", 7);
	good(space_total(&call, &before, &err));
	pid = take_away(a);
	good(space_total(&call, &after, &err));
	check(after == before);
	is_back(pid);
	pid = take_away(a);
	good(space_full(&call, a, &after, &err));
	check(after == CLUSTER);
	is_back(pid);
}

int main(void)
{
	store_new();
	line();
	branches();
	shared();
	moving();
	store_close(call.store);
	return 0;
}
