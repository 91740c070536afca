/* unpack.c - bundles of every right form become the image that was packed
 *
 * And what an interrupted, a cancelled or a failed run leaves: nothing.
 */
#include "bundle/unpack.h"

#include <assert.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/bundle/testing.h"
#include "tests/small-disk.h"

#define SIZE ((size_t)3 << 20)
#define DATA ((size_t)1 << 20) /* before a hole of the same size */

static uint8_t image[SIZE];

/* The ways to pack it. */
struct form {
	const char *name;
	void (*archive)(struct buf *tar);
	size_t size;	  /* of the image; 0: all of it */
	size_t member;	  /* bytes of the archive in one gzip member; 0: all */
	size_t part_size; /* 0: one part */
	int level;
	bool empty_part; /* one behind the last */
};

static void plain(struct buf *tar)
{
	tar_member(tar, '0', "image", image, SIZE);
	tar_end(tar);
}

static void old(struct buf *tar)
{
	uint8_t header[512];

	tar_header(header, 0, "image", SIZE);
	memset(header + 257, 0, 8); /* before ustar */
	tar_sum(header);
	buf_add(tar, header, 512);
	buf_add(tar, image, SIZE);
	tar_zeros(tar, 1024);
}

static void contiguous(struct buf *tar)
{
	tar_member(tar, '7', "another name", image, SIZE);
	tar_zeros(tar, 1024);
}

/* PAX, as of Python and Go, with the size only in its header. */
static void pax(struct buf *tar)
{
	static const char global[] = "20 comment=whatever\n";
	static const char one[] = "30 mtime=1350244992.023960108\n"
				  "16 size=3145728\n";
	uint8_t header[512];

	tar_member(tar, 'g', "pax_global_header", global, strlen(global));
	tar_member(tar, 'x', "PaxHeaders/image", one, strlen(one));
	tar_header(header, '0', "image", 0);
	buf_add(tar, header, 512);
	buf_add(tar, image, SIZE);
	tar_end(tar);
}

static void long_name(struct buf *tar)
{
	char name[300];

	memset(name, 'n', sizeof(name));
	tar_member(tar, 'L', "././@LongLink", name, sizeof(name));
	tar_member(tar, 'K', "././@LongLink", name, sizeof(name));
	plain(tar);
}

static void base_256(struct buf *tar)
{
	uint8_t header[512];

	tar_header(header, '0', "image", 0);
	memset(header + 124, 0, 12);
	header[124] = 0x80;
	header[133] = SIZE >> 16;
	tar_sum(header);
	buf_add(tar, header, 512);
	buf_add(tar, image, SIZE);
	tar_end(tar);
}

static void odd(struct buf *tar)
{
	tar_member(tar, '0', "image", image, 5000);
	tar_end(tar);
}

static void one_byte(struct buf *tar)
{
	tar_member(tar, '0', "image", image, 1);
	tar_end(tar);
}

static void entry(uint8_t *map, size_t index, uint64_t offset, uint64_t size)
{
	octal(map + 24 * index, offset);
	octal(map + 24 * index + 12, size);
}

/* GNU's sparse form: the hole is not there. */
static void sparse(struct buf *tar)
{
	uint8_t header[512];

	tar_header(header, 'S', "image", SIZE - DATA);
	entry(header + 386, 0, 0, DATA);
	entry(header + 386, 1, 2 * DATA, DATA);
	octal(header + 483, SIZE);
	tar_sum(header);
	buf_add(tar, header, 512);
	buf_add(tar, image, DATA);
	buf_add(tar, image + 2 * DATA, DATA);
	tar_end(tar);
}

/* Its map goes on in two more blocks, and ends with an empty entry. */
static void sparse_long(struct buf *tar)
{
	uint8_t blocks[3][512] = { 0 };
	const size_t step = DATA / 20 / 512 * 512;

	tar_header(blocks[0], 'S', "image", 20 * step + DATA);
	for (size_t i = 0; i < 20; i++)
		entry(i < 4 ? blocks[0] + 386 : blocks[1], i < 4 ? i : i - 4,
		      i * step, step);
	entry(blocks[1], 16, 2 * DATA, DATA / 4);
	entry(blocks[1], 17, 2 * DATA + DATA / 4, DATA / 4);
	entry(blocks[1], 18, 2 * DATA + DATA / 2, DATA / 8);
	entry(blocks[1], 19, 2 * DATA + DATA / 8 * 5, DATA / 8);
	entry(blocks[1], 20, 2 * DATA + DATA / 4 * 3, DATA / 4);
	entry(blocks[2], 0, SIZE, 0);
	blocks[0][482] = blocks[1][504] = 1;
	octal(blocks[0] + 483, SIZE);
	tar_sum(blocks[0]);
	buf_add(tar, blocks, sizeof(blocks));
	buf_add(tar, image, 20 * step);
	buf_add(tar, image + 2 * DATA, DATA);
	tar_end(tar);
	memset(image + 20 * step, 0, DATA - 20 * step);
}

static const struct form forms[] = {
	{ "as euca2ools", plain, .part_size = DATA, .level = 6 },
	{ "in small parts", plain, .part_size = 4099, .level = 9 },
	{ "in parts of single bytes", one_byte, 1, .part_size = 1, .level = 1 },
	{ "with an empty part behind", plain, .level = 6, .empty_part = true },
	{ "in two members", plain, .member = 2 * DATA + 77, .level = 6 },
	{ "in many members", plain, .member = 5003, .level = 1 },
	{ "not compressed", plain, .part_size = 12345, .level = 0 },
	{ "of before ustar", old, .level = 6 },
	{ "contiguous, ended by two blocks", contiguous, .level = 6 },
	{ "with PAX headers", pax, .level = 6 },
	{ "with long names", long_name, .level = 6 },
	{ "with a size of base 256", base_256, .level = 6 },
	{ "of an odd size", odd, 5000, .level = 6 },
	{ "of one byte", one_byte, 1, .level = 6 },
	{ "sparse, as ec2-ami-tools", sparse, .level = 9 },
	{ "sparse, with a long map", sparse_long, .part_size = 70001,
	  .level = 6 },
};

static void empty_part(struct arena *arena, struct manifest *manifest)
{
	struct manifest_part *parts =
		arena_alloc(arena, (manifest->part_count + 1) * sizeof(*parts));

	assert(parts);
	memcpy(parts, manifest->parts, manifest->part_count * sizeof(*parts));
	parts[manifest->part_count].name = "image.part.empty";
	sha1_text("", 0, parts[manifest->part_count++].digest);
	put("parts", "image.part.empty", "", 0);
	manifest->parts = parts;
}

static struct manifest make(const struct form *form, struct arena *arena)
{
	auto_buf tar = BUF_INIT, packed = BUF_INIT, sealed = BUF_INIT;
	size_t member = form->member;
	struct manifest manifest;

	form->archive(&tar);
	if (!member)
		member = tar.size;
	for (size_t at = 0; at < tar.size; at += member)
		gzip_add(&packed, tar.data + at,
			 tar.size - at < member ? tar.size - at : member,
			 form->level);
	encrypt(&sealed, &packed, true);
	manifest = manifest_for(&tar, form->size ? form->size : SIZE);
	parts_put(&sealed, form->part_size ? form->part_size : sealed.size,
		  "parts", arena, &manifest);
	if (form->empty_part)
		empty_part(arena, &manifest);
	return manifest;
}

static void empty_dirs(void)
{
	assert(system("rm -rf parts out && mkdir parts out") == 0);
}

/* Only the image is there, whole, and sparse where it has zeros. */
static void check_image(const struct form *form)
{
	size_t size = form->size ? form->size : SIZE;
	auto_buf got = BUF_INIT;
	struct error err = { 0 };
	struct stat st;

	assert(file_read("out/image", SIZE, &got, &err));
	assert(got.size == size && memcmp(got.data, image, size) == 0);
	assert(stat("out/image", &st) == 0);
	assert((st.st_mode & 07777) == 0600 && st.st_nlink == 1);
	assert(size < SIZE ||
	       (uint64_t)st.st_blocks * 512 <= SIZE - DATA + 65536);
	assert(system("test \"$(ls -A out)\" = image") == 0);
}

static uint64_t progress_last;

static void progress(void *data, uint64_t done, uint64_t total)
{
	assert(data == &progress_last && done > progress_last);
	assert(done <= total);
	progress_last = done;
}

static void test_forms(void)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		auto_of(arena) arena = arena_new();
		struct manifest manifest;
		struct unpack unpack = { &manifest, NULL, &test_key, NULL,
					 progress, &progress_last };
		struct error err = { 0 };

		printf("%s\n", forms[i].name);
		fflush(stdout);
		assert(arena);
		empty_dirs();
		manifest = make(&forms[i], arena);
		progress_last = 0;
		if (!unpack_directory(&unpack, "parts", "out", &err)) {
			printf("%s\n", err.text);
			assert(!"unpacked");
		}
		assert(progress_last == manifest.size);
		check_image(&forms[i]);
	}
}

/* A name that is taken stays as it is, whatever has it. */
static void test_taken(void)
{
	auto_of(arena) arena = arena_new();
	struct manifest manifest;
	struct unpack unpack = { &manifest, NULL, &test_key, NULL, NULL, NULL };
	struct error err = { 0 };
	auto_buf got = BUF_INIT;

	assert(arena);
	empty_dirs();
	manifest = make(&forms[0], arena);
	put("out", "image", "mine", 4);
	assert(!unpack_directory(&unpack, "parts", "out", &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
	assert(file_read("out/image", 100, &got, &err));
	assert(strcmp(buf_text(&got), "mine") == 0);
	assert(unlink("out/image") == 0);
	assert(symlink("../elsewhere", "out/image") == 0);
	assert(!unpack_directory(&unpack, "parts", "out", &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	assert(access("elsewhere", F_OK) != 0);
	assert(system("test \"$(ls -A out)\" = image") == 0);
}

static bool cancel;

static void cancel_now(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	(void)total;
	if (done >= DATA / 2)
		__atomic_store_n(&cancel, true, __ATOMIC_RELAXED);
}

static void test_cancel(void)
{
	auto_of(arena) arena = arena_new();
	struct manifest manifest;
	struct unpack unpack = { &manifest, NULL,	&test_key,
				 &cancel,   cancel_now, NULL };
	struct error err = { 0 };

	assert(arena);
	empty_dirs();
	manifest = make(&forms[1], arena);
	assert(!unpack_directory(&unpack, "parts", "out", &err));
	printf("%s\n", err.text);
	assert(err.fault == FAULT_UNAVAILABLE);
	assert(system("test -z \"$(ls -A out)\"") == 0);
	cancel = false;
	unpack.progress = NULL;
	error_clear(&err);
	assert(unpack_directory(&unpack, "parts", "out", &err));
	check_image(&forms[1]);
}

static int ready[2];

static void tell_and_wait(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	(void)done;
	(void)total;
	assert(write(ready[1], "", 1) == 1);
	pause();
}

/* While one works, a second is refused; when it is killed, the next one
 * removes what it left. */
static void test_kill(void)
{
	auto_of(arena) arena = arena_new();
	struct manifest manifest;
	struct unpack unpack = { &manifest, NULL, &test_key, NULL, NULL, NULL };
	struct error err = { 0 };
	char byte;
	pid_t pid;

	assert(arena && pipe(ready) == 0);
	empty_dirs();
	manifest = make(&forms[0], arena);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		unpack.progress = tell_and_wait;
		_exit(unpack_directory(&unpack, "parts", "out", &err));
	}
	assert(read(ready[0], &byte, 1) == 1);
	assert(!unpack_directory(&unpack, "parts", "out", &err));
	assert(err.fault == FAULT_INCORRECT_STATE);
	error_clear(&err);
	assert(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	assert(access("out/image", F_OK) != 0);
	assert(system("test -n \"$(ls -A out)\"") == 0);
	assert(unpack_directory(&unpack, "parts", "out", &err));
	check_image(&forms[0]);
}

/* One of the kernel's files about this process. */
/* A disk that is full says so, and nothing is left on it; with room again, it
 * works. */
static void test_full(void)
{
	auto_of(arena) arena = arena_new();
	struct manifest manifest;
	const struct unpack unpack = { &manifest, NULL, &test_key,
				       NULL,	  NULL, NULL };
	struct error err = { 0 };
	int status;
	pid_t pid;

	assert(arena);
	empty_dirs();
	manifest = make(&forms[0], arena);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		assert(mkdir("small", 0700) == 0);
		if (!small_disk("small", "size=1m,mode=700"))
			_exit(2);
		assert(!unpack_directory(&unpack, "parts", "small", &err));
		assert(err.fault == FAULT_VOLUME_CAPACITY);
		assert(system("test -z \"$(ls -A small)\"") == 0);
		error_clear(&err);
		assert(mount(NULL, "small", NULL, MS_REMOUNT, "size=3m") == 0);
		assert(unpack_directory(&unpack, "parts", "small", &err));
		_exit(0);
	}
	assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		printf("this user may not mount a small disk\n");
	else
		assert(WEXITSTATUS(status) == 0);
}

/* Into a file of the caller's, which must be empty. */
static void test_file(void)
{
	auto_of(arena) arena = arena_new();
	struct manifest manifest;
	const struct unpack unpack = { &manifest, NULL, &test_key,
				       NULL,	  NULL, NULL };
	struct error err = { 0 };
	auto_close int fd = open("full", O_RDWR | O_CREAT, 0600);

	assert(arena && fd >= 0 && ftruncate(fd, 1) == 0);
	empty_dirs();
	manifest = make(&forms[0], arena);
	assert(!unpack_file(&unpack, fd, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
	assert(!unpack_directory(&unpack, "nowhere", "out", &err));
	error_clear(&err);
	assert(!unpack_directory(&unpack, "parts", "nowhere", &err));
}

int main(void)
{
	fill(image, SIZE, 1);
	memset(image + DATA, 0, DATA);
	assert(chdir(getenv("TMPDIR")) == 0);
	test_taken();
	test_cancel();
	test_kill();
	test_full();
	test_file();
	test_forms();
	return 0;
}
