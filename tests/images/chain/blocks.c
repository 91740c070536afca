/* blocks.c - a disk reads and writes what QEMU's own tools see */
#include "tests/images/chain/testing.h"

#include <sys/prctl.h>

#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/chain/blocks.h"

#define DISK (40 * MIB)

static struct error err;
static struct chain *chain;
static uint8_t wanted[DISK], got[DISK + MIB];
static char bottom[LAYER_NAME_SIZE], middle[LAYER_NAME_SIZE];
static char top[LAYER_NAME_SIZE];

static char *path_of(const char *name)
{
	return keep(layer_path(chain, name));
}

/* A raw bottom, a frozen layer and an active one that is larger. */
static void make_chain(void)
{
	struct layer_ref below = { bottom, LAYER_RAW };
	struct layer_ref between = { middle, LAYER_QCOW2 };
	auto_buf text = BUF_INIT;

	layer_name_new(LAYER_RAW, bottom);
	layer_name_new(LAYER_QCOW2, middle);
	layer_name_new(LAYER_QCOW2, top);
	make_disk(path_of(bottom), 30 * MIB);
	good(layer_freeze(chain, bottom, &err));
	good(layer_create(chain, middle, &below, 30 * MIB, &err));
	run("qemu-io", "-f", "qcow2", "-c", "write -q -P 5 100k 3M", "-c",
	    "write -q -z 8M 2M", path_of(middle));
	good(layer_freeze(chain, middle, &err));
	good(layer_create(chain, top, &between, DISK, &err));
	run("qemu-io", "-f", "qcow2", "-c", "write -q -P 6 1M 4k", "-c",
	    "write -q -P 7 33M 1M", path_of(top));
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path_of(top),
	    in_dir("wanted"));
	good(file_read(in_dir("wanted"), DISK, &text, &err));
	check(text.size == DISK);
	memcpy(wanted, text.data, DISK);
}

static void reading_it(void)
{
	struct layer_ref layer = { top, LAYER_QCOW2 };
	auto_of(disk) disk = NULL;
	static const struct {
		size_t size;
		uint64_t offset;
	} parts[] = {
		{ 1, 0 },	 { 513, MIB - 7 },    { 100, DISK - 100 },
		{ 0, 5 },	 { BLOCK_SIZE, MIB }, { 9 * MIB + 3, 77 },
		{ 1, DISK - 1 },
	};

	good(disk_open(chain, &layer, &disk, &err));
	check(disk_size(disk) == DISK);
	good(disk_read(disk, got, DISK, 0, &err));
	check(memcmp(got, wanted, DISK) == 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		memset(got, 99, parts[i].size + 1);
		good(disk_read(disk, got, parts[i].size, parts[i].offset,
			       &err));
		check(memcmp(got, wanted + parts[i].offset, parts[i].size) ==
		      0);
		check(got[parts[i].size] == 99);
	}
	/* behind the end there are zeros */
	memset(got, 99, sizeof(got));
	good(disk_read(disk, got, 2000, DISK - 1000, &err));
	check(memcmp(got, wanted + DISK - 1000, 1000) == 0);
	check(got[1000] == 0 && memcmp(got + 1000, got + 1001, 999) == 0);
	good(disk_read(disk, got, 10, 1ULL << 62, &err));
	check(got[0] == 0 && got[9] == 0);
	bad(INTERNAL, "cannot write", disk_write(disk, "x", 1, 0, &err));
}

static void reading_raw(void)
{
	struct layer_ref layer = { bottom, LAYER_RAW };
	auto_of(disk) disk = NULL;

	good(disk_open(chain, &layer, &disk, &err));
	check(disk_size(disk) == 30 * MIB);
	good(disk_read(disk, got, 4096, 5 * MIB, &err));
	check(got[4096 - 1] != 'q' && got[0] != 0);
}

static void writing_it(void)
{
	struct layer_ref layer = { top, LAYER_QCOW2 };
	struct disk *disk, *second;
	auto_buf before = BUF_INIT, after = BUF_INIT;

	good(file_read(path_of(middle), 2 * DISK, &before, &err));
	good(disk_open_write(chain, &layer, &disk, &err));
	for (size_t i = 0; i < 5 * MIB; i++)
		wanted[7 * MIB + 13 + i] = (uint8_t)(i * 7);
	good(disk_write(disk, wanted + 7 * MIB + 13, 5 * MIB, 7 * MIB + 13,
			&err));
	memset(wanted + 20 * MIB, 0, MIB);
	good(disk_write(disk, wanted + 20 * MIB, MIB, 20 * MIB, &err));
	good(disk_write(disk, "", 0, DISK, &err));
	bad(INVALID_PARAMETER, "beyond",
	    disk_write(disk, "xy", 2, DISK - 1, &err));
	bad(INVALID_PARAMETER, "beyond",
	    disk_write(disk, "xy", 2, UINT64_MAX, &err));
	good(disk_flush(disk, &err));
	/* one writer, and no reader beside it */
	bad(VOLUME_IN_USE, "another process",
	    disk_open_write(chain, &layer, &second, &err));
	bad(VOLUME_IN_USE, "another process",
	    disk_open(chain, &layer, &second, &err));
	good(disk_read(disk, got, DISK, 0, &err));
	check(memcmp(got, wanted, DISK) == 0);
	disk_close(disk);
	/* closed: the next opener need not wait */
	good(disk_open_write(chain, &layer, &disk, &err));
	disk_close(disk);
	disk_close(NULL);
	make_file(in_dir("wanted"), wanted, DISK, DISK);
	run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw",
	    path_of(top), in_dir("wanted"));
	run("qemu-img", "check", "-q", "-f", "qcow2", path_of(top));
	good(file_read(path_of(middle), 2 * DISK, &after, &err));
	check(before.size == after.size &&
	      memcmp(before.data, after.data, after.size) == 0);
}

/* What a running guest stands on may be read; what it writes may not. */
static void beside_a_guest(void)
{
	static const char *const argv[] = { "qemu-io", "-f", "qcow2", NULL,
					    NULL };
	const char *guest[5];
	struct layer_ref active = { top, LAYER_QCOW2 };
	struct layer_ref frozen = { middle, LAYER_QCOW2 };
	struct process process = { .argv = guest };
	struct disk *disk;
	struct child child;
	char said[256] = "";
	size_t size = 0;
	int in[2];

	memcpy(guest, argv, sizeof(guest));
	guest[3] = path_of(top);
	check(pipe2(in, O_CLOEXEC) == 0);
	process.stdin_fd = in[0];
	good(process_start(&process, &child, &err));
	check(write(in[1], "write -P 8 2M 64k\n", 18) == 18);
	while (!strstr(said, "wrote")) {
		ssize_t more =
			read(child.out, said + size, sizeof(said) - 1 - size);

		check(more > 0);
		size += (size_t)more;
	}
	good(disk_open(chain, &frozen, &disk, &err));
	good(disk_read(disk, got, 1, 2 * MIB, &err));
	check(got[0] == 5);
	check(write(in[1], "write -P 9 2M 64k\n", 18) == 18);
	bad(VOLUME_IN_USE, "another process",
	    disk_open(chain, &active, &(struct disk *){ NULL }, &err));
	bad(VOLUME_IN_USE, "another process",
	    disk_open_write(chain, &active, &(struct disk *){ NULL }, &err));
	disk_close(disk);
	check(close(in[1]) == 0);
	good(process_finish(&child, NULL, &err));
	close(in[0]);
}

static void not_there(void)
{
	char name[LAYER_NAME_SIZE];
	struct layer_ref layer = { name, LAYER_QCOW2 };
	struct disk *disk;

	layer_name_new(LAYER_QCOW2, name);
	bad(INTERNAL, "cannot open", disk_open(chain, &layer, &disk, &err));
	make_file(path_of(name), "not a qcow2", 11, MIB);
	bad(INTERNAL, "is damaged", disk_open(chain, &layer, &disk, &err));
	make_file(path_of(name), "QFI\xfb\0\0\0\7", 8, MIB);
	bad(INTERNAL, "qemu-nbd failed", disk_open(chain, &layer, &disk, &err));
	good(layer_remove(chain, name, &err));
	bad(INTERNAL, "no layer name",
	    disk_open(chain, &(struct layer_ref){ "nbd://x", LAYER_RAW }, &disk,
		      &err));
	check(setenv("PATH", "/nowhere", 1) == 0);
	layer.name = top;
	bad(HOST, "not installed", disk_open(chain, &layer, &disk, &err));
	check(unsetenv("PATH") == 0);
}

/* Whoever is killed with an open disk takes the server along: the layer can
 * be removed. */
static void killed(void)
{
	struct layer_ref layer = { top, LAYER_QCOW2 };
	int ready[2], status;
	usec_t end;
	pid_t child;
	char byte;

	check(pipe2(ready, O_CLOEXEC) == 0);
	check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	child = fork();
	if (child == 0) {
		struct disk *disk;

		if (!disk_open_write(chain, &layer, &disk, &err) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	check(child > 0 && read(ready[0], &byte, 1) == 1);
	check(kill(child, SIGKILL) == 0);
	check(waitpid(child, &status, 0) == child);
	check(waitpid(-1, &status, 0) > 0); /* the server, orphaned to us */
	end = clock_monotonic() + 120 * USEC_PER_SEC;
	while (!layer_remove(chain, top, &err)) {
		check(err.fault == FAULT_VOLUME_IN_USE);
		check(clock_monotonic() < end);
		error_clear(&err);
		usleep(1000);
	}
}

int main(void)
{
	good(chain_open(in_dir("a,b=c:d/layers"), &chain, &err));
	make_chain();
	reading_it();
	reading_raw();
	writing_it();
	beside_a_guest();
	not_there();
	killed();
	chain_close(chain);
	return 0;
}
