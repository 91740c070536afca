/* layer.c - making, freezing, removing and finding layers */
#include "tests/images/chain/testing.h"

static struct error err;
static struct chain *chain;

static mode_t mode_of(const char *name)
{
	struct stat st;
	char *path = keep(layer_path(chain, name));

	check(path && lstat(path, &st) == 0);
	return st.st_mode & 07777;
}

static void opening(void)
{
	struct chain *other;
	struct stat st;
	char *dir = in_dir("store/layers");
	char *open_dir = in_dir("open");

	good(chain_open(dir, &chain, &err));
	check(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0711);
	good(chain_open(dir, &other, &err));
	chain_close(other);
	chain_close(NULL);
	check(mkdir(open_dir, 0700) == 0 && chmod(open_dir, 0777) == 0);
	bad(HOST, "may be written by other",
	    chain_open(open_dir, &other, &err));
	make_file(in_dir("file"), "x", 1, 1);
	bad(INTERNAL, "cannot make the directory",
	    chain_open(in_dir("file"), &other, &err));
}

static void names(void)
{
	char name[LAYER_NAME_SIZE], again[LAYER_NAME_SIZE];
	static const char *const others[] = {
		"layer-0.qcow2",
		"../layer-0123456789abcdef0.qcow2",
		"layer-0123456789abcdef0",
		"layer-0123456789abcdef0.vmdk",
		"layer-0123456789ABCDEF0.qcow2",
		"json:{}",
		"layer-0123456789abcdef0.qcow2/",
		"",
		"layer-0123456789abcdef0.qcow2x",
	};

	layer_name_new(LAYER_QCOW2, name);
	layer_name_new(LAYER_QCOW2, again);
	check(strcmp(name, again) != 0 && strlen(name) == 29);
	check(strcmp(name + 23, ".qcow2") == 0);
	layer_name_new(LAYER_RAW, name);
	check(strcmp(name + 23, ".raw") == 0);
	check(!layer_exists(chain, name));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		check(!layer_exists(chain, others[i]));
		bad(INTERNAL, "no layer name",
		    layer_create(chain, others[i], NULL, MIB, &err));
		bad(INTERNAL, "no layer name",
		    layer_remove(chain, others[i], &err));
		bad(INTERNAL, "no layer name",
		    layer_freeze(chain, others[i], &err));
	}
	bad(INTERNAL, "is a qcow2", layer_create(chain, name, NULL, MIB, &err));
	check(census(chain).files == 0);
}

/* A layer of `size` bytes is what qemu-img makes, as far as it matters. */
static void sound(uint64_t size)
{
	char name[LAYER_NAME_SIZE], text[64];
	char *path, *info, *empty = in_dir("empty");

	layer_name_new(LAYER_QCOW2, name);
	good(layer_create(chain, name, NULL, size, &err));
	path = keep(layer_path(chain, name));
	run("qemu-img", "check", "-q", "-f", "qcow2", path);
	info = run("qemu-img", "info", "--output=json", "-f", "qcow2", path);
	snprintf(text, sizeof(text), "\"virtual-size\": %llu,",
		 (unsigned long long)(size + 511) / 512 * 512);
	check(strstr(info, text));
	check(!strstr(info, "backing"));
	check(mode_of(name) == 0600);
	if (size <= GIB) {
		make_file(empty, "", 0, (size + 511) / 512 * 512);
		run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw",
		    path, empty);
	}
	good(layer_remove(chain, name, &err));
	check(!layer_exists(chain, name));
}

static void creating(void)
{
	static const uint64_t sizes[] = {
		512,	     511,	 1,	     0,		513,
		MIB,	     GIB - 512,	 GIB,	     GIB + 512, 8 * GIB,
		16384 * GIB, 1ULL << 50, 1ULL << 51,
	};
	char name[LAYER_NAME_SIZE];
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		sound(sizes[i]);
	layer_name_new(LAYER_QCOW2, name);
	bad(INVALID_PARAMETER, "too large",
	    layer_create(chain, name, NULL, (1ULL << 51) + 1, &err));
	bad(INVALID_PARAMETER, "too large",
	    layer_create(chain, name, NULL, UINT64_MAX, &err));
	check(census(chain).files == 0);
	good(layer_create(chain, name, NULL, GIB, &err));
	bad(INTERNAL, "File exists",
	    layer_create(chain, name, NULL, GIB, &err));
	check(census(chain).files == 1 && layer_exists(chain, name));
	good(layer_stored(chain, name, &bytes, &err));
	check(bytes > 0 && bytes < 64 * 1024);
	good(layer_remove(chain, name, &err));
	bad(INTERNAL, "cannot look", layer_stored(chain, name, &bytes, &err));
}

/* A chain is read through, and can be written on top and checked by qemu-img
 * wherever the store is. */
static void stacking(void)
{
	struct layer_ref raw = { .format = LAYER_RAW };
	struct layer_ref parent = { .format = LAYER_QCOW2 };
	char bottom[LAYER_NAME_SIZE], middle[LAYER_NAME_SIZE];
	char top[LAYER_NAME_SIZE];
	char *path, *info, *moved = in_dir("elsewhere");

	layer_name_new(LAYER_RAW, bottom);
	layer_name_new(LAYER_QCOW2, middle);
	layer_name_new(LAYER_QCOW2, top);
	path = keep(layer_path(chain, bottom));
	make_disk(path, 64 * MIB);
	raw.name = bottom;
	good(layer_freeze(chain, bottom, &err));
	good(layer_create(chain, middle, &raw, 64 * MIB, &err));
	run("qemu-img", "compare", "-q", "-f", "qcow2", "-F", "raw",
	    keep(layer_path(chain, middle)), path);
	run("qemu-io", "-f", "qcow2", "-c", "write -P 7 12345 30M",
	    keep(layer_path(chain, middle)));
	good(layer_freeze(chain, middle, &err));
	parent.name = middle;
	bad(INVALID_PARAMETER, "cannot hold",
	    layer_create(chain, top, &parent, 64 * MIB - 512, &err));
	good(layer_create(chain, top, &parent, 100 * MIB, &err));
	run("qemu-io", "-f", "qcow2", "-c", "read -P 7 12345 30M", "-c",
	    "read -P 0 64M 36M", "-c", "write -P 9 70M 4k",
	    keep(layer_path(chain, top)));
	run("qemu-img", "check", "-q", "-f", "qcow2",
	    keep(layer_path(chain, top)));
	info = run("qemu-img", "info", "--backing-chain", "--output=json", "-f",
		   "qcow2", keep(layer_path(chain, top)));
	check(strstr(info, "\"backing-filename-format\": \"raw\""));
	check(strstr(info, "\"backing-filename-format\": \"qcow2\""));
	/* the names in the headers are relative */
	check(rename(in_dir("store"), moved) == 0);
	run("qemu-io", "-f", "qcow2", "-c", "read -P 9 70M 4k", "-c",
	    "read -P 7 20000 1M",
	    keep(format_text("%s/layers/%s", moved, top)));
	check(rename(moved, in_dir("store")) == 0);
	bad(INTERNAL, "cannot open",
	    layer_create(chain, "layer-0123456789abcdef0.qcow2",
			 &(struct layer_ref){ "layer-f123456789abcdef0.qcow2",
					      LAYER_QCOW2 },
			 GIB, &err));
	bad(INTERNAL, "not a qcow2",
	    layer_create(chain, "layer-0123456789abcdef0.qcow2",
			 &(struct layer_ref){ bottom, LAYER_QCOW2 }, GIB,
			 &err));
	good(layer_remove(chain, top, &err));
	good(layer_remove(chain, middle, &err));
	good(layer_remove(chain, bottom, &err));
	check(census(chain).files == 0);
}

static void freezing(void)
{
	char name[LAYER_NAME_SIZE];

	layer_name_new(LAYER_QCOW2, name);
	bad(INTERNAL, "cannot open", layer_freeze(chain, name, &err));
	good(layer_create(chain, name, NULL, MIB, &err));
	good(layer_freeze(chain, name, &err));
	check(mode_of(name) == 0400);
	good(layer_freeze(chain, name, &err));
	/* as libvirt leaves it when it lent it to another user */
	if (geteuid() == 0) {
		check(chown(keep(layer_path(chain, name)), 64055, 64055) == 0);
		good(layer_freeze(chain, name, &err));
		check(chmod(keep(layer_path(chain, name)), 0600) == 0);
		good(layer_freeze(chain, name, &err));
		check(mode_of(name) == 0400);
	}
	good(layer_remove(chain, name, &err));
}

/* Whether removing is refused while the file is open in that way, and works
 * again afterwards. */
static void in_use(const char *name, int flags)
{
	int fd = open(keep(layer_path(chain, name)), flags | O_CLOEXEC);
	pid_t child;

	check(fd >= 0);
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	check(child > 0 && close(fd) == 0);
	bad(VOLUME_IN_USE, "open in a process",
	    layer_remove(chain, name, &err));
	check(layer_exists(chain, name));
	check(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

/* A draft that a tool of a dead process still has open, which is about to end,
 * is waited for. */
static void in_use_still(const char *path, const char *name)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	pid_t child;

	check(fd >= 0);
	child = fork();
	if (child == 0) {
		usleep(300000);
		_exit(0);
	}
	check(child > 0 && close(fd) == 0);
	good(layer_undraft(chain, name, &err));
	check(access(path, F_OK) != 0 && waitpid(child, NULL, 0) == child);
}

static void removing(void)
{
	char name[LAYER_NAME_SIZE], *draft, *victim = in_dir("victim");
	char *path;

	layer_name_new(LAYER_QCOW2, name);
	good(layer_remove(chain, name, &err));
	good(layer_create(chain, name, NULL, MIB, &err));
	in_use(name, O_RDWR);
	in_use(name, O_RDONLY);
	draft = keep(
		format_text("%s/store/layers/new-%s", getenv("TMPDIR"), name));
	make_file(draft, "half", 4, 4);
	check(census(chain).drafts == 1);
	good(layer_remove(chain, name, &err));
	check(census(chain).files == 0);
	make_file(draft, "half", 4, 4);
	in_use_still(draft, name);
	/* what a dead process left is in nobody's way */
	make_file(draft, "half", 4, 4);
	good(layer_create(chain, name, NULL, MIB, &err));
	check(census(chain).files == 1 && census(chain).drafts == 0);
	good(layer_remove(chain, name, &err));
	/* symbolic links are never followed */
	make_file(victim, "precious", 8, 8);
	path = keep(layer_path(chain, name));
	check(symlink(victim, path) == 0 && symlink(victim, draft) == 0);
	check(!layer_exists(chain, name));
	bad(INTERNAL, "cannot open", layer_freeze(chain, name, &err));
	bad(INTERNAL, "File exists",
	    layer_create(chain, name, NULL, MIB, &err));
	good(layer_remove(chain, name, &err));
	check(strcmp(run("cat", victim), "precious") == 0);
	check(mkdir(path, 0700) == 0);
	check(!layer_exists(chain, name));
	bad(INTERNAL, "cannot remove", layer_remove(chain, name, &err));
	check(rmdir(path) == 0);
}

static void scratch(void)
{
	char *path = in_dir("scratch.raw");
	struct stat st;

	good(scratch_create(path, 5 * GIB + 1, &err));
	check(stat(path, &st) == 0 && st.st_size == (off_t)(5 * GIB + 512));
	check(st.st_blocks == 0 && (st.st_mode & 07777) == 0600);
	bad(INTERNAL, "File exists", scratch_create(path, GIB, &err));
	check(unlink(path) == 0);
	bad(INVALID_PARAMETER, "too large",
	    scratch_create(path, UINT64_MAX, &err));
	check(access(path, F_OK) != 0);
}

/* A scratch disk over another: in parts, or of whole clusters, whose first
 * small write then takes one. */
static void scratch_over(bool whole, uint64_t size)
{
	char *base = in_dir("base.raw"), *path = in_dir("over.qcow2");
	struct stat st;
	char *info;

	good(scratch_create(base, size, &err));
	run("qemu-io", "-f", "raw", "-c", "write -P 5 0 256k", base);
	good(scratch_create_over(path, "base.raw", LAYER_RAW, whole, &err));
	check(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	run("qemu-io", "-f", "qcow2", "-c", "write -P 6 64k 4k", "-c",
	    "read -P 5 0 64k", "-c", "read -P 6 64k 4k", "-c",
	    "read -P 5 68k 188k", path);
	run("qemu-img", "check", "-q", "-f", "qcow2", path);
	info = run("qemu-img", "info", "--output=json", "-f", "qcow2", path);
	check(!strstr(info, "\"extended-l2\": true") == whole);
	info = run("qemu-img", "map", "--output=json", "-f", "qcow2", path);
	check(!strstr(info, "\"start\": 65536, \"length\": 65536,") != whole);
	check(unlink(path) == 0 && unlink(base) == 0);
}

int main(void)
{
	umask(0);
	opening();
	names();
	creating();
	stacking();
	freezing();
	removing();
	scratch();
	scratch_over(false, 64 * MIB);
	scratch_over(true, 64 * MIB);
	scratch_over(true, 4096 * GIB);
	check(census(chain).files == 0);
	chain_close(chain);
	return 0;
}
