/* pack-fail.c - what fails, is cancelled or killed leaves no bundle; what is
 * packed takes no more than it must
 */
#include "bundle/pack.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "bundle/unpack.h"
#include "images/base/clock.h"
#include "tests/images/chain/testing.h"
#include "tests/sweep.h"

#define NOISE (6 * MIB)

static struct error err;
static struct rsa *key;
static uint8_t noise[NOISE];
static const struct manifest about = {
	.bundler_name = "qami",
	.bundler_version = "1",
	.bundler_release = "0",
	.architecture = "x86_64",
	.name = "disk",
	.user = "123456789012",
	.type = "machine",
};

/* A disk of noise between holes that counts what is read, and fails where it
 * is told to. */
struct fake {
	struct source source;
	uint64_t begin, end; /* the noise */
	uint64_t reads, bytes;
	uint64_t fails; /* reading from there on; 0: never */
	unsigned slow;	/* microseconds that a read takes */
	int gate;	/* half of it is read when this ends; 0: at once */
	uint64_t wide;	/* bytes of each extent; 0: as they are */
};

static bool fake_next(struct source *source, uint64_t offset,
		      uint64_t *ret_size, bool *ret_data, struct error *ret)
{
	const struct fake *fake = (const struct fake *)source;
	uint64_t end = offset < fake->begin ? fake->begin :
		       offset < fake->end   ? fake->end :
					      source->size;

	(void)ret;
	*ret_data = offset >= fake->begin && offset < fake->end;
	*ret_size = end - offset;
	if (fake->wide && *ret_size > fake->wide)
		*ret_size = fake->wide;
	return true;
}

static bool fake_read(struct source *source, void *ret_data, size_t size,
		      uint64_t offset, struct error *ret)
{
	struct fake *fake = (struct fake *)source;
	uint8_t *to = ret_data;

	check(offset >= fake->begin && offset + size <= fake->end);
	fake->reads++;
	fake->bytes += size;
	usleep(fake->slow);
	check(!fake->gate || fake->bytes < NOISE / 2 ||
	      read(fake->gate, to, 1) == 0);
	if (fake->fails && offset + size > fake->fails)
		return fail(ret, FAULT_INTERNAL, "the disk is broken");
	for (size_t i = 0; i < size; i++)
		to[i] = noise[(offset - fake->begin + i) % NOISE];
	return true;
}

static const struct source_ops fake_ops = { fake_next, fake_read, NULL };

static struct fake fake_of(uint64_t size, uint64_t begin, uint64_t end)
{
	return (struct fake){ .source = { &fake_ops, size },
			      .begin = begin,
			      .end = end };
}

static struct pack pack_of(struct fake *fake)
{
	return (struct pack){ .source = &fake->source,
			      .prefix = "disk",
			      .about = &about,
			      .user = key,
			      .signer = key };
}

static char *fresh(const char *name)
{
	char *path = in_dir(name);

	run("rm", "-rf", path);
	check(mkdir(path, 0700) == 0);
	return path;
}

static unsigned files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	check(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static bool exists(const char *directory, const char *name)
{
	return access(keep(format_text("%s/%s", directory, name)), F_OK) == 0;
}

/* The bundle in a directory is whole: it unpacks to the fake's bytes. */
static void is_whole(const char *directory, const struct fake *fake)
{
	auto_of(arena) arena = arena_new();
	struct unpack unpack = { 0 };
	struct manifest manifest;
	struct bundle_key secret;
	char *to = fresh("unpacked");
	uint8_t *got = malloc(fake->end - fake->begin);
	int fd = reading(keep(format_text("%s/disk.manifest.xml", directory)));
	int disk;

	good(manifest_read(fd, arena, &manifest, NULL, &err));
	good(bundle_key_unwrap(&manifest, key, &secret, &err));
	unpack.manifest = &manifest;
	unpack.key = &secret;
	good(unpack_directory(&unpack, directory, to, &err));
	disk = reading(keep(format_text("%s/disk", to)));
	check(lseek(disk, 0, SEEK_END) == (off_t)fake->source.size);
	check(got &&
	      pread(disk, got, fake->end - fake->begin, (off_t)fake->begin) ==
		      (ssize_t)(fake->end - fake->begin));
	for (uint64_t i = 0; i < fake->end - fake->begin; i++)
		check(got[i] == noise[i % NOISE]);
	free(got);
	close(disk);
	close(fd);
}

static unsigned descriptors(void)
{
	return files_in("/proc/self/fd");
}

struct watched {
	pthread_t thread;
	uint64_t last;
	unsigned calls, most;
};

static void watch(void *data, uint64_t done, uint64_t total)
{
	struct watched *watched = data;
	unsigned open_now = descriptors();

	check(pthread_equal(watched->thread, pthread_self()));
	check(done >= watched->last && done <= total);
	watched->last = done;
	watched->calls++;
	if (open_now > watched->most)
		watched->most = open_now;
}

/* One GiB, of which as much is read as there is data, once; with a bounded
 * number of descriptors and bytes of memory. */
static void large_and_empty(void)
{
	struct fake fake =
		fake_of(GIB + 7, GIB / 4 + 4096, GIB / 4 + 4096 + NOISE);
	struct pack pack = pack_of(&fake);
	struct watched watched = { .thread = pthread_self() };
	unsigned before = descriptors();
	char *directory = fresh("large");
	struct rusage used;

	pack.progress = watch;
	pack.watch_data = &watched;
	pack.threads = 2;
	pack.part_size = 64 << 10;
	good(pack_directory(&pack, directory, &err));
	check(fake.bytes == NOISE);
	check(watched.calls > 10 && watched.last == fake.source.size);
	check(descriptors() == before && watched.most <= before + 8);
	check(getrusage(RUSAGE_SELF, &used) == 0);
	/* a sanitizer's shadow is not ours */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	check(used.ru_maxrss < 64 << 10);
#endif
	is_whole(directory, &fake);
	/* the same in small extents, and as a sparse member */
	watched.last = 0;
	fake.wide = 100 << 10;
	fake.bytes = 0;
	pack.sparse = true;
	pack.part_size = 0;
	good(pack_directory(&pack, fresh("large"), &err));
	check(fake.bytes == NOISE);
	is_whole(directory, &fake);
}

static void broken_disk(void)
{
	struct fake fake = fake_of(NOISE + MIB, 512, NOISE);
	struct pack pack = pack_of(&fake);
	unsigned before = descriptors();
	char *directory = fresh("broken");

	for (fake.fails = 1; fake.fails < NOISE; fake.fails += 5 * MIB) {
		bad(INTERNAL, "the disk is broken",
		    pack_directory(&pack, directory, &err));
		check(files_in(directory) == 0 && descriptors() == before);
	}
	fake.fails = 0;
	good(pack_directory(&pack, directory, &err));
	is_whole(directory, &fake);
}

static void *cancel_soon(void *data)
{
	usleep(30000);
	__atomic_store_n((bool *)data, true, __ATOMIC_RELAXED);
	return NULL;
}

static void cancelled(void)
{
	struct fake fake = fake_of(GIB, 0, GIB);
	struct pack pack = pack_of(&fake);
	char *directory = fresh("cancelled");
	bool cancel = true;
	usec_t begin;
	pthread_t thread;

	pack.cancel = &cancel;
	bad(UNAVAILABLE, "cancelled", pack_directory(&pack, directory, &err));
	check(files_in(directory) == 0 && fake.reads == 0);
	cancel = false;
	fake.slow = 5000;
	check(pthread_create(&thread, NULL, cancel_soon, &cancel) == 0);
	begin = clock_monotonic();
	bad(UNAVAILABLE, "cancelled", pack_directory(&pack, directory, &err));
	check(clock_monotonic() - begin < 30 * USEC_PER_SEC);
	check(pthread_join(thread, NULL) == 0);
	check(files_in(directory) == 0 && fake.bytes < GIB);
}

static void full_disk(void)
{
	struct fake fake = fake_of(NOISE, 0, NOISE);
	struct pack pack = pack_of(&fake);
	char *directory = fresh("full");

	if (unshare(CLONE_NEWNS) != 0) {
		fprintf(stderr, "no file system of our own here\n");
		return;
	}
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	check(mount("tmpfs", directory, "tmpfs", 0, "size=4M") == 0);
	for (unsigned i = 0; i < 3; i++) {
		bad(VOLUME_CAPACITY, "No space left",
		    pack_directory(&pack, directory, &err));
		check(files_in(directory) == 0);
		pack.part_size = i ? 0 : 100000;
	}
	fake = fake_of(NOISE, MIB, 3 * MIB);
	good(pack_directory(&pack, directory, &err));
	is_whole(directory, &fake);
	check(umount(directory) == 0);
}

static void nothing_taken(void)
{
	static const char *const taken[] = { "disk.manifest.xml", "disk.part.0",
					     "disk.part.007" };
	static const char *const others[] = { "disk.part.", "disk.part.x",
					      "disk.part.1x", "disk2.part.0",
					      "disk" };
	struct fake fake = fake_of(MIB, 0, MIB);
	struct pack pack = pack_of(&fake);
	char *directory = fresh("taken");

	for (size_t i = 0; i < 3; i++) {
		char *path = keep(format_text("%s/%s", directory, taken[i]));

		make_file(path, "mine", 4, 4);
		bad(INVALID_PARAMETER, taken[i],
		    pack_directory(&pack, directory, &err));
		check(files_in(directory) == 1 && fake.reads == 0);
		good(pack_clean(directory, "disk", &err));
		check(unlink(path) == 0);
	}
	for (size_t i = 0; i < 5; i++)
		make_file(keep(format_text("%s/%s", directory, others[i])), "x",
			  1, 1);
	good(pack_directory(&pack, directory, &err));
	check(files_in(directory) == 5 + 2);
	is_whole(directory, &fake);
	bad(INVALID_PARAMETER, "has a file",
	    pack_directory(&pack, directory, &err));
	is_whole(directory, &fake);
	bad(INVALID_PARAMETER, "cannot open the directory",
	    pack_directory(&pack, in_dir("nowhere"), &err));
	pack.user = NULL;
	bad(INVALID_PARAMETER, "nobody",
	    pack_directory(&pack, fresh("taken"), &err));
	pack = pack_of(&fake);
	pack.level = 13;
	bad(INVALID_PARAMETER, "level", pack_directory(&pack, directory, &err));
	fake = fake_of(0, 0, 0);
	pack.level = 0;
	bad(INVALID_PARAMETER, "without a byte",
	    pack_directory(&pack, directory, &err));
}

/* What a run that died while it gave names has left is removed; what one left
 * that died after that is a bundle. */
static void half_named(void)
{
	struct fake fake = fake_of(MIB, 0, MIB);
	struct pack pack = pack_of(&fake);
	char *directory = fresh("half");

	pack.part_size = 200000;
	for (unsigned moved = 0; moved <= 6; moved++) {
		good(pack_directory(&pack, directory, &err));
		check(exists(directory, "disk.part.5"));
		run("sh", "-euc",
		    "cd \"$1\"; mkdir .disk.packing; mv disk.manifest.xml"
		    " .disk.packing/manifest; i=$2; while [ $i -lt 6 ]; do"
		    " mv disk.part.$i .disk.packing/$i; i=$((i + 1)); done",
		    "sh", directory, keep(format_text("%u", moved)));
		if (moved % 2) {
			good(pack_clean(directory, "disk", &err));
			check(files_in(directory) == 0);
		}
		good(pack_directory(&pack, directory, &err));
		is_whole(directory, &fake);
		check(mkdir(keep(format_text("%s/.disk.packing", directory)),
			    0700) == 0);
		make_file(keep(format_text("%s/.disk.packing/0", directory)),
			  "", 0, 0);
		good(pack_clean(directory, "disk", &err));
		check(!exists(directory, ".disk.packing"));
		is_whole(directory, &fake);
		directory = fresh("half");
	}
}

/* Two at once: one packs, the other is told so and harms nothing. */
static void at_once(void)
{
	struct fake fake = fake_of(NOISE, 0, NOISE);
	struct pack pack = pack_of(&fake);
	char *directory = fresh("at-once");
	int status, ends[2];
	pid_t child;

	check(pipe(ends) == 0);
	child = fork();
	check(child >= 0);
	if (!child) {
		close(ends[1]);
		fake.gate = ends[0];
		_exit(!pack_directory(&pack, directory, &err));
	}
	close(ends[0]);
	while (!exists(directory, ".disk.packing/0") &&
	       waitpid(child, NULL, WNOHANG) == 0)
		usleep(1000);
	bad(INCORRECT_STATE, "somebody is packing",
	    pack_directory(&pack, directory, &err));
	bad(INCORRECT_STATE, "somebody is packing",
	    pack_clean(directory, "disk", &err));
	close(ends[1]);
	check(waitpid(child, &status, 0) == child && status == 0);
	is_whole(directory, &fake);
}

/* Killed at any time: either there is a whole bundle, or no manifest, and the
 * next run makes one. */
static void killed(void)
{
	struct fake fake = fake_of(NOISE, 0, NOISE);
	struct pack pack = pack_of(&fake);
	char *directory = fresh("killed");
	usec_t took = clock_monotonic();
	unsigned cut = 0;

	pack.part_size = 128 << 10;
	pack.level = 1;
	good(pack_directory(&pack, directory, &err));
	took = clock_monotonic() - took;
	for (unsigned i = 0; i < 24 || cut <= 3; i += sampled(2, 1)) {
		pid_t child;
		int status;

		if (i % 6 == 0)
			directory = fresh("killed");
		child = fork();
		check(child >= 0);
		if (!child)
			_exit(!pack_directory(&pack, directory, &err));
		usleep((useconds_t)(took * (i % 24) / 20));
		check(kill(child, SIGKILL) == 0);
		check(waitpid(child, &status, 0) == child);
		if (exists(directory, "disk.manifest.xml")) {
			is_whole(directory, &fake);
			good(pack_clean(directory, "disk", &err));
			is_whole(directory, &fake);
			directory = fresh("killed");
			took -= took / 8; /* this host was busier then */
			continue;
		}
		cut++;
		if (i % 3 == 0) {
			good(pack_clean(directory, "disk", &err));
			check(files_in(directory) == 0);
		}
	}
	good(pack_clean(directory, "disk", &err));
	good(pack_directory(&pack, directory, &err));
	is_whole(directory, &fake);
}

int main(void)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < NOISE; i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (uint8_t)(seed >> 24);
	}
	good(rsa_make(in_dir("key.pem"), in_dir("key.crt"), "123456789012",
		      &err));
	good(rsa_read_private(in_dir("key.pem"), &key, &err));
	large_and_empty();
	broken_disk();
	cancelled();
	nothing_taken();
	half_named();
	at_once();
	killed();
	full_disk();
	rsa_free(key);
	return 0;
}
