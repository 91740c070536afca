/* full.c - a disk that fills up: the call says so and leaves nothing behind
 *
 * On a tmpfs in a mount namespace of our own, and on an ext4 in a loop device
 * where root may have one: there, only the flush finds out about some blocks.
 */
#include "tests/images/chain/testing.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

static struct error err;
static struct chain *chain;
static char *place, *filler;

/* Leaves `room` bytes free, or a little less. */
static void fill(uint64_t room)
{
	int fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	uint64_t block = MIB;
	struct statvfs fs;
	off_t size = 0;

	check(fd >= 0);
	while (block >= 4096 && statvfs(place, &fs) == 0 &&
	       fs.f_bavail * fs.f_frsize > room) {
		if (fs.f_bavail * fs.f_frsize - room >= block &&
		    fallocate(fd, 0, size, (off_t)block) == 0)
			size += (off_t)block;
		else
			block /= 2;
	}
	close(fd);
}

static void fill_up(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	if (done < total)
		fill(0);
}

/* Imports with `room` left, or nearly nothing from the first progress on.
 * Whether it came in. */
static bool import(const char *image, enum layer_format format, uint64_t room,
		   progress_fn progress)
{
	char name[LAYER_NAME_SIZE];
	struct disk_header header;
	int fd = reading(image);
	bool taken;

	fill(room);
	good(disk_header_read(fd, NULL, GIB, &header, &err));
	layer_name_new(format, name);
	taken = layer_import(chain, name, fd, &header, progress, NULL, &err);
	if (!taken) {
		if (err.fault != FAULT_VOLUME_CAPACITY)
			lost(__FILE__, __LINE__, image, &err);
		error_clear(&err);
		check(census(chain).files == 0);
	} else {
		run("qemu-img", "compare", "-q", "-f",
		    layer_format_name(format), "-F", layer_format_name(format),
		    keep(layer_path(chain, name)), image);
		check(census(chain).files == 1);
		good(layer_remove(chain, name, &err));
	}
	close(fd);
	check(unlink(filler) == 0);
	return taken;
}

/* Makes a layer with `room` left. Whether it was made. */
static bool create(uint64_t room)
{
	char name[LAYER_NAME_SIZE];
	bool made;

	fill(room);
	layer_name_new(LAYER_QCOW2, name);
	made = layer_create(chain, name, NULL, GIB, &err);
	if (!made && err.fault != FAULT_VOLUME_CAPACITY)
		lost(__FILE__, __LINE__, "create", &err);
	error_clear(&err);
	check(census(chain).files == (made ? 1 : 0));
	if (made) {
		run("qemu-img", "check", "-q", "-f", "qcow2",
		    keep(layer_path(chain, name)));
		good(layer_remove(chain, name, &err));
	}
	check(unlink(filler) == 0);
	return made;
}

static void on_this(const char *raw, const char *qcow2)
{
	unsigned made = 0, levels = 0;

	good(chain_open(keep(format_text("%s/layers", place)), &chain, &err));
	check(import(raw, LAYER_RAW, 32 * MIB, NULL));
	check(import(qcow2, LAYER_QCOW2, 32 * MIB, NULL));
	check(!import(raw, LAYER_RAW, MIB, NULL));
	check(!import(qcow2, LAYER_QCOW2, MIB, NULL));
	/* a race that either may win, but not by leaving something behind */
	for (unsigned i = 0; i < 3; i++) {
		import(raw, LAYER_RAW, 32 * MIB, fill_up);
		import(qcow2, LAYER_QCOW2, 32 * MIB, fill_up);
	}
	for (uint64_t room = 0; room < 12 * MIB; room += 600 * 1024, levels++)
		made += import(raw, LAYER_RAW, room, NULL);
	for (uint64_t room = 0; room < 12 * MIB; room += 600 * 1024, levels++)
		made += import(qcow2, LAYER_QCOW2, room, NULL);
	for (uint64_t room = 0; room < 64 * 1024; room += 4096, levels++)
		made += create(room);
	check(made > 3 && made < levels - 3);
	check(import(raw, LAYER_RAW, 32 * MIB, NULL));
	check(create(MIB));
	chain_close(chain);
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return done;
}

/* A mount namespace of our own, as root or as root of a user namespace. */
static void own_mounts(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid != 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
		    !put("/proc/self/setgroups", "deny") ||
		    !put("/proc/self/uid_map",
			 keep(format_text("0 %u 1", uid))) ||
		    !put("/proc/self/gid_map",
			 keep(format_text("0 %u 1", gid))))
			skip("needs user namespaces");
	} else if (unshare(CLONE_NEWNS) != 0) {
		skip("needs mount namespaces");
	}
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", place, "tmpfs", 0, "size=40m,mode=755") != 0)
		skip("needs to mount a tmpfs");
}

static bool loop_mounted(void)
{
	const char *const make[] = { "mkfs.ext4",	  "-q", "-m", "0",
				     in_dir("disk.ext4"), NULL };
	const char *const attach[] = { "mount", "-o",
				       "loop",	in_dir("disk.ext4"),
				       place,	NULL };
	struct process first = { .argv = make }, second = { .argv = attach };
	bool mounted;

	make_file(in_dir("disk.ext4"), "", 0, 48 * MIB);
	mounted = process_run(&first, NULL, &err) &&
		  process_run(&second, NULL, &err);
	error_clear(&err);
	return mounted;
}

int main(void)
{
	char *raw = in_dir("image.raw"), *qcow2 = in_dir("image.qcow2");

	make_disk(raw, 20 * MIB);
	run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw,
	    qcow2);
	place = in_dir("small");
	filler = keep(format_text("%s/filler", place));
	check(mkdir(place, 0755) == 0);
	own_mounts();
	on_this(raw, qcow2);
	check(umount(place) == 0);
	if (!loop_mounted()) {
		fprintf(stderr, "without ext4: no loop device to mount\n");
		return 0;
	}
	on_this(raw, qcow2);
	check(umount(place) == 0);
	return 0;
}
