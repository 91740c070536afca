/* movein.c - a raw image becomes a layer by being renamed */
#include "tests/images/chain/testing.h"

static struct error err;
static struct chain *chain;
static char *image;

static void fresh(uint64_t size)
{
	unlink(image);
	make_disk(image, size);
	check(chmod(image, 0644) == 0);
}

/* Moving is refused in these words, and the file is as it was. */
static void stays(const char *path, int fd, enum fault fault, const char *words)
{
	char name[LAYER_NAME_SIZE];
	struct stat before, after;

	check(lstat(path, &before) == 0);
	layer_name_new(LAYER_RAW, name);
	if (layer_move_in(chain, name, path, fd, &err) || err.fault != fault ||
	    !strstr(err.text, words))
		lost(__FILE__, __LINE__, words, &err);
	error_clear(&err);
	check(lstat(path, &after) == 0 && after.st_ino == before.st_ino);
	check(after.st_mode == before.st_mode);
	check(after.st_uid == before.st_uid);
	check(census(chain).files == 0);
}

static void moves(uint64_t size)
{
	char name[LAYER_NAME_SIZE], *copy = in_dir("copy");
	struct stat before, after;
	char *path;
	int fd;

	fresh(size);
	run("cp", "--sparse=always", image, copy);
	fd = reading(image);
	check(fstat(fd, &before) == 0);
	layer_name_new(LAYER_RAW, name);
	good(layer_move_in(chain, name, image, fd, &err));
	path = keep(layer_path(chain, name));
	check(access(image, F_OK) != 0 && stat(path, &after) == 0);
	check(after.st_ino == before.st_ino && after.st_uid == geteuid());
	check((after.st_mode & 07777) == 0400);
	check((uint64_t)after.st_size == (size + 511) / 512 * 512);
	run("qemu-img", "compare", "-q", "-f", "raw", "-F", "raw", path, copy);
	check(census(chain).files == 1 && census(chain).drafts == 0);
	close(fd);
	good(layer_remove(chain, name, &err));
}

static void refusals(void)
{
	char *link_path = in_dir("link"), *other = in_dir("other");
	char *pipe_path = in_dir("pipe"), name[LAYER_NAME_SIZE];
	int fd, writer;

	fresh(20 * MIB);
	fd = reading(image);
	writer = open(image, O_WRONLY | O_CLOEXEC);
	stays(image, fd, FAULT_INVALID_PARAMETER, "open for writing");
	stays(image, writer, FAULT_INVALID_PARAMETER, "open for writing");
	close(writer);
	check(link(image, link_path) == 0);
	stays(image, fd, FAULT_INVALID_PARAMETER, "other names");
	check(unlink(link_path) == 0 && symlink(image, link_path) == 0);
	stays(link_path, fd, FAULT_INVALID_PARAMETER, "no regular file");
	make_disk(other, MIB * 6);
	stays(other, fd, FAULT_INVALID_PARAMETER, "another file by now");
	check(mkfifo(pipe_path, 0600) == 0);
	writer = open(pipe_path, O_RDWR | O_CLOEXEC);
	stays(pipe_path, writer, FAULT_INVALID_PARAMETER, "no regular file");
	close(writer);
	layer_name_new(LAYER_QCOW2, name);
	bad(INTERNAL, "the name of no raw",
	    layer_move_in(chain, name, image, fd, &err));
	bad(INTERNAL, "cannot look",
	    layer_move_in(chain, "layer-0123456789abcdef0.raw", "/nowhere", fd,
			  &err));
	close(fd);
	make_file(image, "", 0, 0);
	fd = reading(image);
	stays(image, fd, FAULT_IMPORT_FORMAT, "empty");
	close(fd);
}

/* Whoever has it open for reading only may go on reading, and not more. */
static void other_reader(void)
{
	char name[LAYER_NAME_SIZE], text[64];
	int fd, reader;

	fresh(20 * MIB);
	fd = reading(image);
	reader = reading(image);
	layer_name_new(LAYER_RAW, name);
	good(layer_move_in(chain, name, image, fd, &err));
	snprintf(text, sizeof(text), "/proc/self/fd/%d", reader);
	if (geteuid() != 0)
		check(open(text, O_WRONLY) < 0);
	close(reader);
	close(fd);
	good(layer_remove(chain, name, &err));
}

/* Root takes what belongs to somebody else, and then it is root's. */
static void other_owner(void)
{
	char name[LAYER_NAME_SIZE];
	struct stat st;
	int fd;

	if (geteuid() != 0)
		return;
	fresh(20 * MIB);
	check(chown(image, 12345, 12345) == 0);
	fd = reading(image);
	layer_name_new(LAYER_RAW, name);
	good(layer_move_in(chain, name, image, fd, &err));
	check(fstat(fd, &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	close(fd);
	good(layer_remove(chain, name, &err));
}

/* Another filesystem cannot be renamed from: /dev/shm, where there is one. */
static void other_filesystem(void)
{
	char path[] = "/dev/shm/qami-test-XXXXXX";
	struct stat here, there;
	int fd;

	if (stat(in_dir(""), &here) != 0 || stat("/dev/shm", &there) != 0 ||
	    here.st_dev == there.st_dev)
		return;
	fd = mkstemp(path);
	if (fd < 0)
		return;
	check(ftruncate(fd, 4096) == 0);
	close(fd);
	fd = reading(path);
	stays(path, fd, FAULT_INVALID_PARAMETER, "another filesystem");
	close(fd);
	unlink(path);
}

int main(void)
{
	image = in_dir("image.raw");
	good(chain_open(in_dir("store"), &chain, &err));
	moves(20 * MIB);
	moves(20 * MIB + 77);
	refusals();
	other_reader();
	other_owner();
	other_filesystem();
	check(census(chain).files == 0);
	chain_close(chain);
	return 0;
}
