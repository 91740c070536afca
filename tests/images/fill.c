/* fill.c - what stands on a layer that is being filled reads what is right, or
 * nothing, whatever is killed, cut off or damaged meanwhile
 *
 * The processes that fill are this program once more.
 */
#include "images/fill.h"

#include <sys/random.h>

#include "images/archive.h"
#include "images/base/file.h"
#include "images/chain/blocks.h"
#include "images/chain/digests.h"
#include "images/chain/filling.h"
#include "images/chain/map.h"
#include "images/chain/merge.h"
#include "images/layers.h"
#include "images/parcel/parcel.h"
#include "images/registry/volume.h"
#include "tests/images/testing.h"

#define BLOCKS 48
#define SIZE ((BLOCKS - 1) * (uint64_t)BLOCK_SIZE + 1536)

static char bottom[LAYER_NAME_SIZE], top[LAYER_NAME_SIZE];
static const char *object; /* the archive's file */
static uint8_t *wanted;	   /* what all of it is */

static struct layer_ref ref(const char *name)
{
	return (struct layer_ref){ name, LAYER_QCOW2 };
}

/* A disk with every third block zeros, packed. */
static void make_object(void)
{
	static const struct parcel_watch unwatched;
	auto_of(parcel_writer) writer = NULL;
	auto_of(source) source = NULL;
	auto_close int raw = open(in_dir("raw"), O_RDWR | O_CREAT, 0600);
	auto_close int fd = -1;
	struct archive_object row = { .id = "object",
				      .place = "",
				      .account = ACCOUNT,
				      .size = SIZE };
	struct stat st;

	good(archive_draft(&call, &row, &fd, &err));
	object = keep(store_path(call.store, "archive/object.archive"));
	wanted = calloc(1, BLOCKS * (size_t)BLOCK_SIZE);
	check(wanted && raw >= 0 && fd >= 0 && ftruncate(raw, SIZE) == 0);
	for (unsigned i = 0; i < BLOCKS; i++) {
		size_t rest = i + 1 < BLOCKS ? 4096 : 1536;

		if (i % 3 == 1)
			continue;
		check(getrandom(wanted + i * (size_t)BLOCK_SIZE, rest, 0) ==
		      (ssize_t)rest);
		check(pwrite(raw, wanted + i * (size_t)BLOCK_SIZE, rest,
			     i * (off_t)BLOCK_SIZE) == (ssize_t)rest);
	}
	good(parcel_create(fd, "{}", 2, 1, NULL, &writer, &err));
	good(source_open_file(raw, "disk", &source, &err));
	good(parcel_add(writer, source, &unwatched, &err));
	good(parcel_finish(writer, &err));
	check(fstat(fd, &st) == 0);
	row.bytes = st.st_size;
	good(parcel_digest(fd, row.digest, &err));
	good(archive_put(&call, &row, fd, &err));
	good(archive_object_insert(call.store->db, &row, &err));
	good(archive_object_set(call.store->db, &row, &err));
}

/* A layer to be filled, and one that stands on it. */
static void begin(void)
{
	const struct layer_ref below = ref(bottom);
	const struct filling from = { .layer = bottom,
				      .kind = "archive",
				      .object = "object" };
	struct layer layer = { .format = "qcow2", .size = SIZE };
	auto_tx tx = TX_INIT;

	layer_name_new(LAYER_QCOW2, bottom);
	layer_name_new(LAYER_QCOW2, top);
	good(filling_create(call.store->chain, bottom, SIZE, NULL, &err));
	good(tx_begin(&tx, call.store->db, &err));
	layer.name = bottom;
	layer.state = "frozen";
	good(layer_insert(call.store->db, &layer, &err));
	layer.name = top;
	layer.parent = bottom;
	layer.state = "active";
	good(layer_insert(call.store->db, &layer, &err));
	good(fill_begin(&call, &from, &err));
	good(tx_commit(&tx, &err));
	good(layer_create(call.store->chain, top, &below, SIZE, &err));
}

static struct filling look(bool *ret_fills)
{
	static struct arena *arena;
	struct filling filling = { .layer = NULL };

	if (!arena)
		arena = arena_new();
	good(fill_look(&call, top, arena, &filling, ret_fills, &err));
	return filling;
}

/* What is noted once so many blocks are noted as being there. */
static struct filling wait_until_filled(int64_t least)
{
	struct filling filling;
	bool fills;

	for (unsigned i = 0; i < 2400; i++) {
		filling = look(&fills);
		check(fills);
		if (filling.filled >= least)
			return filling;
		usleep(50000);
	}
	check(!"it is filled");
	return filling;
}

static void wait_until_full(void)
{
	for (unsigned i = 0; i < 2400; i++) {
		bool fills;

		look(&fills);
		if (!fills)
			return;
		usleep(50000);
	}
	check(!"it becomes full");
}

/* How many processes fill the bottom; one of them is *ret_pid. */
static unsigned fillers(pid_t *ret_pid)
{
	auto_buf out = BUF_INIT;
	const char *const argv[] = { "pgrep", "-f", bottom, NULL };
	unsigned count = 0;
	int code;
	const struct process process = { .argv = argv, .answers = 1 << 1,
					 .ret_exit = &code };

	good(process_run(&process, &out, &err));
	for (char *at = strtok((char *)buf_text(&out), "\n"); at;
	     at = strtok(NULL, "\n")) {
		char *exe = keep(format_text("/proc/%s/exe", at));
		char is[4096] = "", own[4096] = "";

		if (readlink(exe, is, sizeof(is) - 1) <= 0 ||
		    readlink("/proc/self/exe", own, sizeof(own) - 1) <= 0 ||
		    strcmp(is, own) != 0)
			continue;
		*ret_pid = atoi(at);
		count++;
	}
	return count;
}

/* Kills the process that fills: of several that were started at once, the one
 * that stays. */
static void kill_filler(void)
{
	pid_t pid = 0;

	for (unsigned i = 0; i < 600 && fillers(&pid) != 1; i++)
		usleep(50000);
	check(pid > 0 && kill(pid, SIGKILL) == 0);
	while (kill(pid, 0) == 0)
		usleep(10000);
}

static void read_right(struct disk *disk, uint64_t offset, size_t size)
{
	auto_free uint8_t *data = malloc(size);

	check(data);
	good(disk_read(disk, data, size, offset, &err));
	check(memcmp(data, wanted + offset, size) == 0);
}

static void set_rate(const char *rate)
{
	setenv("QAMI_FILL_RATE", rate, 1);
}

static bool add_extent(void *data, const struct extent *extent, struct error *e)
{
	(void)e;
	*(uint64_t *)data += extent->zero ? 0 : extent->length;
	return true;
}

/* No name leads to what is not there. */
static void no_zeros(void)
{
	const struct layer_ref below = ref(bottom);
	enum layer_health health;
	uint64_t bytes = 0;
	char *path = keep(layer_path(call.store->chain, top));
	const char *const argv[] = { "qemu-io", "-r", "-f", "qcow2", "-c",
				     "read 0 4k", path, NULL };
	const struct process process = { .argv = argv };

	check(!layer_exists(call.store->chain, bottom));
	check(layer_fills(call.store->chain, bottom));
	check(!process_run(&process, NULL, &err));
	check(strstr(err.text, "No such file"));
	error_clear(&err);
	good(layer_map(call.store->chain, &below, add_extent, &bytes, &err));
	check(bytes == SIZE);
	bad(UNAVAILABLE, "still being filled",
	    layer_check(call.store->chain, &below, &health, &err));
}

/* What is read first comes first, while next to nothing is poured. */
static void first_touch(void)
{
	auto_of(disk) disk = NULL;
	const struct layer_ref layer = ref(top);
	struct filling filling;

	good(disk_open(call.store->chain, &layer, &disk, &err));
	read_right(disk, 40 * BLOCK_SIZE + 100, 5000);
	read_right(disk, 41 * BLOCK_SIZE - 3000, 70000);
	read_right(disk, SIZE - 1536, 1536);
	/* again, from where they are kept */
	read_right(disk, 40 * BLOCK_SIZE + 100, 5000);
	filling = wait_until_filled(3);
	check(strcmp(filling.state, "filling") == 0);
	check(filling.blocks == BLOCKS - BLOCKS / 3);
	check(filling.filled < filling.blocks);
}

/* Readers do not notice that the process was killed, and what it had noted is
 * not fetched again. */
static void killed(void)
{
	auto_of(disk) disk = NULL;
	const struct layer_ref layer = ref(top);
	struct filling before;
	bool fills;

	good(disk_open(call.store->chain, &layer, &disk, &err));
	read_right(disk, 0, 4096);
	kill_filler();
	before = look(&fills);
	good(fill_wake(call.store, bottom, &err));
	read_right(disk, 3 * BLOCK_SIZE, 4096);
	read_right(disk, 20 * BLOCK_SIZE, 4096);
	wait_until_filled(before.filled + 1);
}

/* A map that claims what is not there is found out before the layer is one. */
static void lying_map(void)
{
	char *map = keep(filling_map(call.store->chain, bottom));
	auto_close int fd = -1;
	uint8_t all = 0xff;

	kill_filler();
	fd = open(map, O_RDWR);
	check(fd >= 0);
	for (unsigned i = 2; i < 4; i++)
		check(pwrite(fd, &all, 1, i) == 1);
}

/* All of it, by those who came early and by those who come late. */
static void full(void)
{
	auto_of(disk) early = NULL;
	auto_of(disk) late = NULL;
	const struct layer_ref layer = ref(top), below = ref(bottom);
	enum layer_health health;
	struct layer_file file;
	bool found;

	set_rate("1000");
	good(disk_open(call.store->chain, &layer, &early, &err));
	wait_until_full();
	check(!layer_fills(call.store->chain, bottom));
	good(chain_file(call.store->chain, bottom, &file, &found, &err));
	check(found && file.mode == 0400);
	good(layer_check(call.store->chain, &below, &health, &err));
	check(health == LAYER_SOUND);
	read_right(early, 0, SIZE);
	good(disk_open(call.store->chain, &layer, &late, &err));
	read_right(late, 0, SIZE);
	good(digests_make(call.store->chain, &below, &err));
	/* killed once more, it serves the early one on */
	kill_filler();
	good(fill_wake(call.store, bottom, &err));
	read_right(early, 7 * BLOCK_SIZE, 4096);
}

/* A damaged block is an error for who reads it, and for nobody else. */
static void damaged(void)
{
	auto_of(disk) disk = NULL;
	const struct layer_ref layer = ref(top);
	auto_close int fd = open(object, O_RDWR);
	uint8_t byte, buffer[512];
	struct filling filling;
	bool fills;

	/* within the data of the first block */
	check(fd >= 0 && pread(fd, &byte, 1, 64 + 2 + 8 + 44 + 99) == 1);
	byte ^= 1;
	check(pwrite(fd, &byte, 1, 64 + 2 + 8 + 44 + 99) == 1);
	set_rate("1000");
	good(disk_open(call.store->chain, &layer, &disk, &err));
	read_right(disk, 2 * BLOCK_SIZE, 4096);
	check(!disk_read(disk, buffer, sizeof(buffer), 0, &err));
	error_clear(&err);
	/* a server of QEMU's lets its client go after an error */
	disk_close(take(disk));
	good(disk_open(call.store->chain, &layer, &disk, &err));
	read_right(disk, 5 * BLOCK_SIZE, 4096);
	for (unsigned i = 0; i < 2400; i++) {
		filling = look(&fills);
		if (strcmp(filling.state, "impaired") == 0)
			break;
		usleep(50000);
	}
	check(fills && strcmp(filling.state, "impaired") == 0);
	check(filling.message && strstr(filling.message, "altered"));
	check(!layer_exists(call.store->chain, bottom));
	byte ^= 1;
	check(pwrite(fd, &byte, 1, 64 + 2 + 8 + 44 + 99) == 1);
	wait_until_full();
	read_right(disk, 0, SIZE);
}

/* When nobody names it any more, process and files go. */
static void dropped(void)
{
	auto_of(disk) disk = NULL;
	const struct layer_ref layer = ref(top);
	char *map = keep(filling_map(call.store->chain, bottom));
	pid_t pid;

	set_rate("0.25");
	good(disk_open(call.store->chain, &layer, &disk, &err));
	read_right(disk, 0, 4096);
	disk_close(take(disk));
	good(layers_release(&call, top, &err));
	good(layers_reap(&call, &err));
	for (unsigned i = 0; i < 2400 && fillers(&pid); i++)
		usleep(50000);
	check(!fillers(&pid));
	check(!layer_fills(call.store->chain, bottom));
	check(access(map, F_OK) != 0);
}

/* A rate may be less than a MiB a second; what is none is the usual one. */
static void speeds(void)
{
	const int64_t mib = 1 << 20;

	set_rate("0.5");
	check(fill_speed(0) == mib / 2 && fill_speed(100) == 100 * mib);
	set_rate("2");
	check(fill_speed(0) == 2 * mib);
	set_rate("-1");
	check(fill_speed(0) == FILL_RATE_DEFAULT * mib);
	set_rate("nan");
	check(fill_speed(0) == FILL_RATE_DEFAULT * mib);
	unsetenv("QAMI_FILL_RATE");
	check(fill_speed(0) == FILL_RATE_DEFAULT * mib);
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
	speeds();
	set_rate("0.25");
	begin();
	no_zeros();
	first_touch();
	killed();
	lying_map();
	full();
	begin();
	damaged();
	begin();
	dropped();
	store_close(call.store);
	return 0;
}
