/* garbage.c - files in the layer directory that nobody knows
 *
 * A file may be older than the row that will name it by as long as a command
 * runs; hence the age, and the look at who has it open.
 */
#include "images/garbage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "images/archive.h"
#include "images/base/file.h"
#include "images/base/log.h"
#include "images/chain/digests.h"
#include "images/registry/diskkey.h"
#include "images/tree.h"

#define AGE_SECONDS 3600

/* The names of a directory, taken down before anything is changed in it. */
struct names {
	struct arena *arena;
	const char **all;
	size_t count;
	bool broken;
};

static void add_name(void *data, const char *name)
{
	struct names *names = data;

	names->all = arena_more(names->arena, names->all, names->count,
				sizeof(*names->all));
	if (!names->all) {
		names->count = 0;
		names->broken = true;
		return;
	}
	names->all[names->count++] = arena_str(names->arena, name);
}

/* Whether somebody knows a file: the row of its layer (a draft is somebody's
 * only while an operation names it), or an operation. */
static bool is_known(struct call *call, const struct tree *tree,
		     const char *file, bool *ret_known, struct error *err)
{
	char layer[LAYER_NAME_SIZE];

	*ret_known = false;
	if (!layer_of_file(file, layer))
		return true;
	if (strcmp(file, layer) == 0 && tree_find(tree, layer) != TREE_NONE) {
		*ret_known = true;
		return true;
	}
	return op_names(call->store->db, layer, ret_known, err);
}

bool garbage_each(struct call *call,
		  bool (*found)(void *data, const char *file,
				struct error *err),
		  void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct names names = { .arena = arena };
	struct tree tree;
	bool known;

	if (!arena)
		return fail_memory(err);
	/* the files before the rows: whoever made one since has its row */
	if (!chain_each_file(call->store->chain, add_name, &names, err))
		return false;
	if (names.broken)
		return fail_memory(err);
	if (!tree_load(call, arena, &tree, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		if (!is_known(call, &tree, names.all[i], &known, err))
			return false;
		if (!known && !found(data, names.all[i], err))
			return false;
	}
	return true;
}

struct collecting {
	struct call *call;
	int64_t age;	/* seconds that a file must have */
	int64_t before; /* seconds since 1970 */
	unsigned files;
	uint64_t bytes;
};

static bool collect(void *data, const char *file, struct error *err)
{
	struct collecting *all = data;
	struct chain *chain = all->call->store->chain;
	char layer[LAYER_NAME_SIZE];
	struct layer_file st;
	struct error busy = { 0 };
	bool found, gone;

	if (!layer_of_file(file, layer))
		return true; /* not ours: fsck tells of it */
	if (!chain_file(chain, file, &st, &found, err))
		return false;
	if (!found || !st.regular || st.changed > all->before)
		return true;
	gone = strcmp(file, layer) == 0 ? layer_remove(chain, layer, &busy) :
					  layer_undraft(chain, layer, &busy);
	if (!gone) {
		log_info("%s stays: %s", file, busy.text);
		return true;
	}
	all->files++;
	all->bytes += st.bytes;
	return true;
}

/* Digest lists whose layer is no longer there. */
static bool collect_lists(struct call *call, unsigned *files, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct names names = { .arena = arena };
	struct tree tree;

	if (!arena)
		return fail_memory(err);
	if (!digests_each(call->store->chain, add_name, &names, err))
		return false;
	if (names.broken)
		return fail_memory(err);
	if (!tree_load(call, arena, &tree, err))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		bool known;

		if (tree_find(&tree, names.all[i]) != TREE_NONE)
			continue;
		/* one that is being made has its list before its row */
		if (!op_names(call->store->db, names.all[i], &known, err))
			return false;
		if (known)
			continue;
		if (!digests_remove(call->store->chain, names.all[i], err))
			return false;
		++*files;
	}
	return true;
}

/* A file in the store's own archive. */
static bool collect_stray(void *data, const char *path, int64_t age,
			  struct error *err)
{
	struct collecting *all = data;
	struct stat st;

	if (age < all->age || lstat(path, &st) != 0)
		return true;
	all->files++;
	all->bytes += (uint64_t)st.st_blocks * 512;
	return file_remove(path, err);
}

bool garbage_collect(struct call *call, unsigned *ret_files,
		     uint64_t *ret_bytes, struct error *err)
{
	const char *age = getenv("QAMI_GARBAGE_AGE");
	struct collecting all = {
		.call = call,
		.age = age && *age ? atoll(age) : AGE_SECONDS,
	};

	all.before = clock_wall() / USEC_PER_SEC - all.age;
	if (!garbage_each(call, collect, &all, err) ||
	    !collect_lists(call, &all.files, err) ||
	    !archive_strays(call, collect_stray, &all, err) ||
	    !disk_key_sweep(call->store->db, all.before * USEC_PER_SEC, err))
		return false;
	*ret_files = all.files;
	*ret_bytes = all.bytes;
	return true;
}
