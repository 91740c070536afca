/* fardir.c - a region that is the directory of a store
 *
 * Its registry and its layers are read in place, with the rights of this
 * process: rows say who may see what there, digest lists what the blocks are.
 * The files of a chain are pinned until they are open, and stay readable then.
 */
#include <inttypes.h>
#include <string.h>

#include "images/authorise.h"
#include "images/base/digest.h"
#include "images/base/file.h"
#include "images/blockmap.h"
#include "images/chain/digests.h"
#include "images/chain/filling.h"
#include "images/encrypt.h"
#include "images/far.h"
#include "images/fill.h"
#include "images/layers.h"
#include "images/snapshot.h"
#include "images/tags.h"
#include "images/turn.h"

struct dir {
	struct far far;
	struct store *store; /* owned */
	struct call call;    /* who asks, there; may do nothing but read */
};

struct dir_disk {
	struct far_disk disk;
	struct dir *dir;
	struct arena *arena;	 /* of the lineage; owned */
	struct disk *blocks;	 /* owned, like all below */
	struct digests *digests; /* NULL while a list is missing */
	struct blockmap *map;	 /* where it shows data */
	bool plain;		 /* digests are SHA-256 */
};

static struct dir *dir_of(struct far *far)
{
	return (struct dir *)far;
}

static const struct dir_disk *dir_disk_of(const struct far_disk *disk)
{
	return (const struct dir_disk *)disk;
}

/* Who asks, and is one of the accounts there; now. */
static bool become(struct dir *dir, const char *account, struct error *err)
{
	dir->call.now = clock_now();
	return call_account(&dir->call, account, err);
}

static bool dir_snapshot(struct far *far, const char *account, const char *id,
			 struct arena *arena, struct snapshot *ret_snapshot,
			 struct error *err)
{
	struct dir *dir = dir_of(far);

	return become(dir, account, err) &&
	       authorise_snapshot(&dir->call, RIGHT_SEE, id, arena,
				  ret_snapshot, err) &&
	       snapshot_ready(ret_snapshot, err) &&
	       (!ret_snapshot->kms_key ||
		encrypt_may_open(&dir->call, ret_snapshot->layer, err));
}

static bool dir_image(struct far *far, const char *account, const char *id,
		      struct arena *arena, struct far_image *ret_image,
		      struct error *err)
{
	struct dir *dir = dir_of(far);

	return become(dir, account, err) &&
	       authorise_image(&dir->call, RIGHT_SEE, id, arena,
			       &ret_image->image, err) &&
	       image_mappings(dir->store->db, id, arena, &ret_image->mappings,
			      &ret_image->mapping_count, err) &&
	       tags_read(&dir->call, id, arena, &ret_image->tags,
			 &ret_image->tag_count, err);
}

/* What a block is listed as; NULL without a list. */
static const uint8_t *listed(const struct dir_disk *disk, uint64_t block)
{
	const uint8_t *digest =
		disk->digests ? digests_get(disk->digests, block) : NULL;

	return digest || !disk->digests ? digest : digest_of_zeros;
}

static bool dir_has(const struct far_disk *far_disk, uint64_t block)
{
	const struct dir_disk *disk = dir_disk_of(far_disk);
	const uint8_t *digest = listed(disk, block);

	return blockmap_has(disk->map, block) ||
	       (digest &&
		memcmp(digest, digest_of_zeros, BLOCK_DIGEST_SIZE) != 0);
}

static const uint8_t *dir_digest(const struct far_disk *far_disk,
				 uint64_t block)
{
	const struct dir_disk *disk = dir_disk_of(far_disk);

	return disk->plain ? listed(disk, block) : NULL;
}

static bool dir_matches(const struct far_disk *far_disk, uint64_t block,
			const uint8_t *data)
{
	return digests_check(dir_disk_of(far_disk)->digests, block, data);
}

/* What the layers above the older one's hold, as the chain is now: that one
 * may have been merged into the next. */
static bool dir_since(struct far_disk *far_disk, size_t older,
		      struct blockmap *map, bool *ret_known, struct error *err)
{
	struct dir_disk *disk = (struct dir_disk *)far_disk;
	const struct chain *chain = disk->dir->store->chain;
	const char *const *names = far_disk->lineage;
	const struct layer_ref *layers;
	size_t above = 0, count;
	auto_turn pin = TURN_INIT;

	if (!turn_pin(&disk->dir->call, &pin, err) ||
	    !layers_chain(&disk->dir->call, names[0], disk->arena, &layers,
			  &count, err))
		return false;
	while (above < count && strcmp(layers[above].name, names[older]) != 0)
		above++;
	*ret_known = above < count;
	for (size_t i = 0; *ret_known && i < above; i++)
		if (!blockmap_add_held(map, chain, layers + i, err))
			return false;
	return true;
}

static bool dir_read(struct far_disk *far_disk, uint64_t block,
		     uint8_t *ret_data, struct error *err)
{
	const struct dir_disk *disk = dir_disk_of(far_disk);

	if (!disk_read(disk->blocks, ret_data, BLOCK_SIZE, block * BLOCK_SIZE,
		       err))
		return false;
	return !disk->digests ||
	       digests_check(disk->digests, block, ret_data) ||
	       fail(err, FAULT_INTERNAL,
		    "block %" PRIu64 " of the source is not what it was when "
		    "it was frozen",
		    block);
}

static void dir_disk_close(struct far_disk *far_disk)
{
	struct dir_disk *disk = (struct dir_disk *)far_disk;

	disk_close(disk->blocks);
	digests_free(disk->digests);
	blockmap_free(disk->map);
	arena_free(disk->arena);
	free(disk);
}

static const struct far_disk_ops disk_ops = {
	.has = dir_has,
	.digest = dir_digest,
	.matches = dir_matches,
	.since = dir_since,
	.read = dir_read,
	.close = dir_disk_close,
};

static bool list_lineage(struct dir_disk *disk, const struct layer_ref *layers,
			 size_t count, struct error *err)
{
	const char **names = arena_alloc(disk->arena, count * sizeof(*names));

	if (!names)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		names[i] = layers[i].name;
	disk->disk.lineage = names;
	disk->disk.lineage_count = count;
	return true;
}

/* Opens a chain; its caller pins it. */
static bool open_chain(struct dir *dir, const char *layer,
		       struct dir_disk *disk, struct error *err)
{
	const struct chain *chain = dir->store->chain;
	const struct layer_ref *layers;
	struct layer row;
	uint64_t blocks;
	size_t count;

	if (!layer_get(dir->store->db, layer, disk->arena, &row, err) ||
	    !layers_chain(&dir->call, layer, disk->arena, &layers, &count,
			  err) ||
	    !list_lineage(disk, layers, count, err))
		return false;
	disk->disk.size = (uint64_t)row.size;
	disk->plain = !row.disk_key;
	blocks = (disk->disk.size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	if (!blockmap_new(blocks, &disk->map, err) ||
	    !blockmap_add_data(&disk->map, 1, chain, layers, count, err) ||
	    !digests_load(chain, layers, count, &disk->digests, err))
		return false;
	disk->disk.listed = disk->digests != NULL;
	return (!disk->digests ||
		digests_take_keys(chain, disk->digests, err)) &&
	       disk_open(chain, layers, &disk->blocks, err);
}

/* A store that has a snapshot has layers: where there is none at all, they are
 * on a disk that is not mounted. */
static bool fail_unmounted(const struct store *store, struct error *err)
{
	auto_free char *layers = store_path(store, "layers");

	if (!layers || !dir_is_empty(layers))
		return false;
	error_clear(err);
	return fail(err, FAULT_UNAVAILABLE,
		    "the region's directory '%.150s' is not there or empty: is "
		    "its disk mounted?",
		    layers);
}

static bool dir_open(struct far *far, const char *snapshot, const char *content,
		     struct far_disk **ret_disk, struct error *err)
{
	auto_of(far_disk) opened = NULL;
	struct dir *dir = dir_of(far);
	auto_turn pin = TURN_INIT;
	struct dir_disk *disk;
	struct snapshot row;
	bool found;

	*ret_disk = NULL;
	disk = calloc(1, sizeof(*disk));
	if (!disk)
		return fail_memory(err);
	opened = &disk->disk;
	opened->ops = &disk_ops;
	disk->dir = dir;
	disk->arena = arena_new();
	if (!disk->arena)
		return fail_memory(err);
	if (!turn_pin(&dir->call, &pin, err) ||
	    !snapshot_get(dir->store->db, snapshot, disk->arena, &row, &found,
			  err))
		return false;
	if (!found || !row.layer || strcmp(row.layer, content) != 0)
		return true;
	if (!open_chain(dir, row.layer, disk, err))
		return fail_unmounted(dir->store, err);
	*ret_disk = take(opened);
	return true;
}

static void dir_close(struct far *far)
{
	struct dir *dir = dir_of(far);

	store_close(dir->store);
	free(dir);
}

static const struct far_ops ops = {
	.snapshot = dir_snapshot,
	.image = dir_image,
	.open = dir_open,
	.close = dir_close,
};

bool far_dir_open(const struct call *call, const char *path,
		  struct far **ret_far, struct error *err)
{
	auto_free struct dir *dir = calloc(1, sizeof(*dir));
	auto_free char *layers = NULL;
	auto_of(store) store = NULL;

	if (!dir)
		return fail_memory(err);
	if (!store_open_to_read(path, "", &store, err))
		return false;
	layers = store_path(store, "layers");
	if (!layers)
		return fail_memory(err);
	if (!chain_open(layers, &store->chain, err))
		return false;
	chain_set_secrets(store->chain, layer_secret_find, store);
	chain_set_filler(store->chain, fill_wake, store);
	dir->far.ops = &ops;
	dir->call = *call;
	dir->call.store = store;
	dir->store = take(store);
	*ret_far = &take(dir)->far;
	return true;
}
