/* fillbucket.c - what is filled from a bucket is pending until all of it is
 * here, stood on meanwhile, and an error when the object is lost or altered
 *
 * The processes that fill are this program once more.
 */
#include <sys/random.h>

#include "bundle/bucket.h"
#include "images/base/file.h"
#include "images/base/hex.h"
#include "images/bucket.h"
#include "images/chain/blocks.h"
#include "images/chain/filling.h"
#include "images/fill.h"
#include "images/image.h"
#include "images/layers.h"
#include "images/parcel/parcel.h"
#include "images/registry/volume.h"
#include "images/snapshot.h"
#include "images/volume.h"
#include "tests/images/testing.h"

#define BLOCKS 12U
#define STEP 100U /* blocks between two that have something */
#define DISK 1	  /* of the object's */

static char snap[ID_SIZE], image_id[ID_SIZE];
static char layer[LAYER_NAME_SIZE];
static char version[SHA256_TEXT_SIZE];
static const char *object; /* its file */
static uint8_t data[BLOCKS][4096];
static char volume[ID_SIZE];

static int disk_file(const char *name, unsigned blocks)
{
	int raw = open(in_dir(name), O_RDWR | O_CREAT | O_TRUNC, 0600);

	check(raw >= 0 && ftruncate(raw, (off_t)GIB) == 0);
	for (unsigned i = 0; i < blocks; i++) {
		check(getrandom(data[i], sizeof(data[i]), 0) ==
		      sizeof(data[i]));
		check(pwrite(raw, data[i], sizeof(data[i]),
			     i * STEP * (off_t)BLOCK_SIZE) == sizeof(data[i]));
	}
	return raw;
}

static void add_disk(struct parcel_writer *writer, const char *name,
		     unsigned blocks)
{
	static const struct parcel_watch unwatched;
	auto_of(source) source = NULL;
	auto_close int raw = disk_file(name, blocks);

	good(source_open_file(raw, "disk", &source, &err));
	good(parcel_add(writer, source, &unwatched, &err));
}

/* An object of two disks in the account's bucket. */
static void make_object(void)
{
	const struct location at = { .bucket = "images", .key = "" };
	auto_close int fd =
		open(in_dir("object"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	auto_of(parcel_writer) writer = NULL;
	auto_of(bucket) bucket = NULL;
	uint8_t digest[SHA256_SIZE];

	check(fd >= 0);
	good(parcel_create(fd, "{}", 2, 2, NULL, &writer, &err));
	add_disk(writer, "raw", 2);
	add_disk(writer, "raw", BLOCKS);
	good(parcel_finish(writer, &err));
	good(parcel_digest(fd, digest, &err));
	hex_write(digest, sizeof(digest), version);
	good(bucket_find(&call, &at, true, &bucket, &err));
	good(bucket_put(bucket, "ami-1.bin", fd, NULL, &err));
	object = keep(store_path(call.store, "buckets/images/ami-1.bin"));
}

/* Flips a bit in the last block's data. */
static void alter(void)
{
	auto_close int fd = open(object, O_RDWR);
	struct stat st;
	uint8_t byte;
	off_t at;

	check(fd >= 0 && fstat(fd, &st) == 0);
	/* behind the blocks: a head that ends the disk, the index, the end */
	at = st.st_size - 64 - (off_t)(BLOCKS + 4) * 16 - 44 - 100;
	check(pread(fd, &byte, 1, at) == 1);
	byte ^= 4;
	check(pwrite(fd, &byte, 1, at) == 1);
}

/* A text is another one, or has it in it. */
static void same(const char *wanted, const char *is)
{
	if (is && strcmp(wanted, is) == 0)
		return;
	fprintf(stderr, "not '%s', but '%s'\n", wanted, is ? is : "(none)");
	check(!"the same");
}

static struct snapshot see(const char *id)
{
	struct snapshot snapshot = { .state = "" };
	static struct arena *arena;
	bool found;

	if (!arena)
		arena = arena_new();
	good(snapshot_get(call.store->db, id, arena, &snapshot, &found, &err));
	return found ? snapshot : (struct snapshot){ .state = "none" };
}

static const char *image_state(void)
{
	static struct arena *arena;
	struct image image;
	bool found;

	if (!arena)
		arena = arena_new();
	good(image_get(call.store->db, image_id, arena, &image, &found, &err));
	return found ? image.state : "none";
}

static void await(const char *id, const char *state)
{
	for (unsigned i = 0; i < 2400; i++) {
		if (strcmp(see(id).state, state) == 0)
			return;
		usleep(50000);
	}
	same(state, see(id).state);
}

/* An image over a snapshot that is filled, and a volume of it. */
static void begin(void)
{
	const struct mapping mapping = { .device = "/dev/sda1",
					 .snapshot = snap,
					 .size = 1,
					 .type = "gp2" };
	const struct image_request image = { .name = "of a bucket",
					     .mappings = &mapping,
					     .mapping_count = 1 };
	const struct filling from = { .layer = layer,
				      .kind = "bucket",
				      .account = ACCOUNT,
				      .place = "images",
				      .object = "ami-1.bin",
				      .version = version,
				      .disk = DISK };
	const struct layer row = { layer, "qcow2", NULL, (int64_t)GIB,
				   "frozen" };
	const struct snapshot snapshot = { .id = snap,
					   .owner = ACCOUNT,
					   .layer = layer,
					   .volume = "vol-ffffffff",
					   .size = 1,
					   .description = "",
					   .state = "pending",
					   .fills = true,
					   .created = 1 };
	auto_tx tx = TX_INIT;

	id_new("snap", snap);
	id_new("ami", image_id);
	layer_name_new(LAYER_QCOW2, layer);
	good(filling_create(call.store->chain, layer, GIB, NULL, &err));
	good(tx_begin(&tx, call.store->db, &err));
	good(layer_insert(call.store->db, &row, &err));
	good(snapshot_insert(call.store->db, &snapshot, &err));
	good(fill_begin(&call, &from, &err));
	good(image_write(&call, &image, image_id, &err));
	good(image_set_state(call.store->db, image_id, "pending", &err));
	good(tx_commit(&tx, &err));
}

static void forget(void)
{
	if (strcmp(image_state(), "deregistered") != 0)
		good(image_deregister(&call, image_id, false, NULL, NULL,
				      &err));
	if (strcmp(see(snap).state, "none") != 0)
		good(snapshot_erase(&call, snap, &err));
}

/* A volume of it, which wants it at a rate unless that is 0. */
static void make_volume(char ret_id[ID_SIZE], int64_t rate)
{
	const struct volume_request request = { .snapshot = snap,
						.zone = "us-east-1a",
						.type = "gp2",
						.initialization_rate = rate };

	good(volume_create(&call, &request, ret_id, &err));
}

/* Reads a block of the volume: false when it cannot be; never anything wrong.
 */
static bool reads(unsigned number)
{
	auto_of(arena) arena = arena_new();
	auto_of(disk) disk = NULL;
	struct volume row;
	uint8_t got[4096];
	bool found;

	good(volume_get(call.store->db, volume, arena, &row, &found, &err));
	check(found);
	good(disk_open(call.store->chain,
		       &(struct layer_ref){ row.layer, LAYER_QCOW2 }, &disk,
		       &err));
	if (!disk_read(disk, got, sizeof(got),
		       number * STEP * (uint64_t)BLOCK_SIZE, &err)) {
		error_clear(&err);
		return false;
	}
	check(memcmp(got, data[number], sizeof(got)) == 0);
	return true;
}

static void remove_volume(const char *id)
{
	auto_tx tx = TX_INIT;

	good(tx_begin(&tx, call.store->db, &err));
	good(volume_drop(&call, id, &err));
	good(tx_commit(&tx, &err));
	good(layers_reap(&call, &err));
}

/* Nothing is left of a filling: neither its row and file, nor a process. */
static void is_over(void)
{
	auto_free char *path = store_path(call.store, "fill/%s.lock", layer);
	bool found = true;

	for (unsigned i = 0; i < 6000 && found; i++) {
		auto_of(arena) arena = arena_new();
		auto_close int lock = file_lock(path, false);
		struct filling filling;

		check(lock >= 0 || errno == EAGAIN || errno == ENOENT);
		good(filling_get(call.store->db, layer, arena, &filling, &found,
				 &err));
		found = found || layer_fills(call.store->chain, layer) ||
			(lock < 0 && errno == EAGAIN);
		if (found && lock >= 0)
			good(layers_reap(&call, &err));
		usleep(20000);
	}
	check(!found);
}

/* While it is pending it can be stood on, and its image launched; what is taken
 * of that is as pending. */
static void pending(char ret_upper[ID_SIZE])
{
	struct snapshot plain;
	struct snapshot_request request = { .volume = volume };
	auto_of(arena) arena = arena_new();
	struct image image;
	bool found;

	setenv("QAMI_FILL_RATE", "0.25", 1);
	begin();
	plain = see(snap);
	check(plain.fills && strcmp(plain.state, "pending") == 0);
	bad(INCORRECT_STATE, "pending", snapshot_ready(&plain, &err));
	plain.fills = false;
	bad(INCORRECT_STATE, "pending", snapshot_ready_below(&plain, &err));
	good(image_get(call.store->db, image_id, arena, &image, &found, &err));
	good(image_ready_below(&call, &image, &err));
	make_volume(volume, 0);
	check(reads(BLOCKS - 1));
	good(snapshot_create(&call, &request, ret_upper, &err));
	check(strcmp(see(ret_upper).state, "pending") == 0);
	check(see(ret_upper).fills);
	for (unsigned i = 0; i < 1200 && !see(snap).progress; i++)
		usleep(50000);
	check(see(snap).progress > 0 && see(snap).progress < 100);
	same("pending", image_state());
}

static void completed(void)
{
	char upper[ID_SIZE], fast[ID_SIZE];

	pending(upper);
	make_volume(fast, 300);
	await(snap, "completed");
	same("completed", see(upper).state);
	same("available", image_state());
	check(layer_exists(call.store->chain, layer));
	for (unsigned i = 0; i < BLOCKS; i++)
		check(reads(i));
	good(snapshot_erase(&call, upper, &err));
	forget();
	remove_volume(fast);
	remove_volume(volume);
	is_over();
}

static void error_of(const char *words)
{
	await(snap, "error");
	check(!see(snap).layer);
	check(see(snap).message && strstr(see(snap).message, words));
	same("failed", image_state());
}

/* One block was altered: it is never read, the others are. */
static void altered(void)
{
	const struct snapshot_request request = { .volume = volume };
	struct snapshot given_up;
	char upper[ID_SIZE];

	setenv("QAMI_FILL_RATE", "1000", 1);
	alter();
	begin();
	make_volume(volume, 0);
	check(reads(0));
	error_of("was altered");
	check(reads(1) && !reads(BLOCKS - 1) && reads(BLOCKS - 2));
	alter(); /* and right again: what was given up stays so */
	check(!reads(BLOCKS - 1));
	/* and what is taken of it is of no use either */
	good(snapshot_create(&call, &request, upper, &err));
	same("error", see(upper).state);
	check(see(upper).message && strstr(see(upper).message, "altered"));
	good(snapshot_erase(&call, upper, &err));
	given_up = see(snap);
	bad(INCORRECT_STATE, "error", snapshot_ready_below(&given_up, &err));
	forget();
	check(reads(0));
	remove_volume(volume);
	is_over();
}

/* It is gone before anybody could look. */
static void gone(void)
{
	char *away = keep(format_text("%s.away", object));
	auto_free char *socket = NULL;

	check(rename(object, away) == 0);
	begin();
	socket = filling_socket(call.store->chain, layer, &err);
	check(socket);
	good(fill_revive(&call, socket, &err));
	error_of("ami-1.bin");
	forget();
	is_over();
	check(rename(away, object) == 0);
}

/* Waits until the process that fills has looked, and ended. */
static void looked(void)
{
	auto_free char *path = store_path(call.store, "fill/%s.lock", layer);
	auto_free char *socket = filling_socket(call.store->chain, layer, &err);
	bool fresh = true;
	int lock;

	check(path && socket);
	good(filling_set_state(call.store->db, layer, "filling", NULL, &err));
	good(fill_revive(&call, socket, &err));
	while (fresh) {
		auto_of(arena) arena = arena_new();
		struct filling filling;
		bool found;

		usleep(20000);
		good(filling_get(call.store->db, layer, arena, &filling, &found,
				 &err));
		fresh = found && strcmp(filling.state, "filling") == 0;
	}
	while ((lock = file_lock(path, false)) < 0)
		usleep(20000);
	close(lock);
}

/* Its bucket is what is there while its disk is not mounted: that lasts for as
 * long as it lasts. */
static void away(void)
{
	auto_free char *place = store_path(call.store, "buckets/images");
	char *mounted = keep(store_path(call.store, "buckets-images"));

	setenv("QAMI_FILL_RATE", "1000", 1);
	begin();
	check(rename(place, mounted) == 0);
	for (unsigned i = 0; i < 4; i++) {
		looked();
		same("pending", see(snap).state);
		same("pending", image_state());
	}
	check(rmdir(place) == 0 && rename(mounted, place) == 0);
	make_volume(volume, 0);
	check(reads(0));
	await(snap, "completed");
	check(reads(BLOCKS - 1));
	forget();
	remove_volume(volume);
	is_over();
}

/* Who deletes it while it is filled has nothing more fetched. */
static void deleted(void)
{
	setenv("QAMI_FILL_RATE", "0.25", 1);
	begin();
	good(fill_wake(call.store, layer, &err));
	bad(SNAPSHOT_IN_USE, "in use", snapshot_erase(&call, snap, &err));
	good(image_deregister(&call, image_id, false, NULL, NULL, &err));
	same("none", see(snap).state);
	forget();
	is_over();
}

/* But what stands on it has all that it needs. */
static void survived(void)
{
	begin();
	make_volume(volume, 300);
	good(image_deregister(&call, image_id, false, NULL, NULL, &err));
	same("none", see(snap).state);
	check(reads(3));
	for (unsigned i = 0; i < 1200 && layer_fills(call.store->chain, layer);
	     i++)
		usleep(100000);
	check(layer_exists(call.store->chain, layer));
	for (unsigned i = 0; i < BLOCKS; i++)
		check(reads(i));
	forget();
	remove_volume(volume);
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[3], "fill-layer") == 0) {
		good(store_open(argv[2], NULL, &call.store, &err));
		call.now = clock_now();
		return fill_run(&call, argv[5], &err) ? 0 : 1;
	}
	store_new();
	make_object();
	completed();
	altered();
	gone();
	away();
	deleted();
	survived();
	store_close(call.store);
	return 0;
}
