/* roundtrip.c - what is packed is unpacked as it was, here and by hand
 *
 * Both halves are ours; that each of them agrees with others is shown apart,
 * by interop.c and by the script that unpacks with openssl, gunzip and tar.
 */
#include <assert.h>
#include <limits.h>

#include "bundle/pack.h"
#include "images/base/source.h"
#include "tests/bundle/testing.h"

#define MIB ((uint64_t)1 << 20)

/* A disk of data every so often, holes between, and how it is packed. */
static const struct {
	const char *name;
	uint64_t size, step; /* between pieces of 100000 bytes; 0: all data */
	uint64_t part_size;
	int level;
	unsigned threads;
	bool sparse, zeros; /* zeros that are no hole */
} disks[] = {
	{ "one byte", 1, 0, 0, 0, 0, false, false },
	{ "less than a block", 511, 0, 0, 1, 1, true, false },
	{ "a block", 512, 0, 16, 12, 2, false, false },
	{ "a page and a byte", 4097, 0, 1000, 6, 2, true, false },
	{ "several parts of the usual size", 25 * MIB + 3, 0, 0, 1, 2, false,
	  false },
	{ "holes", 40 * MIB, 7 * MIB, 0, 6, 2, false, false },
	{ "holes, sparse", 40 * MIB, 7 * MIB, 65536, 6, 2, true, false },
	{ "many holes, sparse", 8 * MIB, 200001, 100000, 3, 2, true, false },
	{ "nothing but a hole", 8 * MIB, 9 * MIB, 0, 0, 2, false, false },
	{ "nothing but a hole, sparse", 8 * MIB, 9 * MIB, 0, 0, 2, true,
	  false },
	{ "nothing but zeros", 8 * MIB, 9 * MIB, 0, 0, 2, false, true },
	{ "zeros that are no hole, sparse", 8 * MIB, 3 * MIB, 0, 0, 2, true,
	  true },
};

static struct rsa *user_private, *user, *cloud_private, *cloud;

static void good(bool done, const struct error *err)
{
	if (!done) {
		printf("%s\n", err->text);
		fflush(stdout);
		abort();
	}
}

static void run(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		abort();
	}
}

static void disk_make(size_t i)
{
	static uint8_t data[100000];
	auto_close int fd =
		open("disk", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint64_t step = disks[i].step ? disks[i].step : sizeof(data);

	assert(fd >= 0);
	memset(data, 0, sizeof(data));
	for (uint64_t at = 0; disks[i].zeros && at < disks[i].size;
	     at += sizeof(data))
		assert(pwrite(fd, data, sizeof(data), (off_t)at) ==
		       sizeof(data));
	/* with a step that is larger, nothing is written at all */
	for (uint64_t at = 0;
	     step <= disks[i].size + sizeof(data) && at < disks[i].size;
	     at += step) {
		fill(data, sizeof(data), (uint32_t)at);
		assert(pwrite(fd, data, sizeof(data), (off_t)at) ==
		       sizeof(data));
	}
	assert(ftruncate(fd, (off_t)disks[i].size) == 0);
}

static void pack(size_t i)
{
	auto_close int fd = open("disk", O_RDONLY | O_CLOEXEC);
	auto_of(source) source = NULL;
	const struct manifest about = {
		.bundler_name = "qami",
		.bundler_version = "1",
		.bundler_release = "0",
		.architecture = "x86_64",
		.name = "image",
		.user = "123456789012",
		.type = "machine",
	};
	struct pack pack = {
		.prefix = "image",
		.about = &about,
		.user = user,
		.ec2 = cloud,
		.signer = user_private,
		.part_size = disks[i].part_size,
		.level = disks[i].level,
		.threads = disks[i].threads,
		.sparse = disks[i].sparse,
	};
	struct error err = { 0 };

	assert(fd >= 0);
	good(source_open_file(fd, "disk", &source, &err), &err);
	pack.source = source;
	good(pack_directory(&pack, "bundle", &err), &err);
}

static void unpack(const struct rsa *key)
{
	auto_of(arena) arena = arena_new();
	auto_close int fd = open("bundle/image.manifest.xml", O_RDONLY);
	auto_buf covered = BUF_INIT;
	struct manifest manifest;
	struct bundle_key secret;
	const struct unpack unpack = { &manifest, NULL, &secret,
				       NULL,	  NULL, NULL };
	struct error err = { 0 };

	assert(arena && fd >= 0);
	good(manifest_read(fd, arena, &manifest, &covered, &err), &err);
	good(manifest_verify(&manifest, &covered, user, &err), &err);
	good(bundle_key_unwrap(&manifest, key, &secret, &err), &err);
	good(unpack_directory(&unpack, "bundle", "out", &err), &err);
	run("cmp disk out/image");
}

/* What was a hole, or zeros, takes no room. */
static void check_room(size_t i)
{
	struct stat st;

	assert(stat("out/image", &st) == 0);
	if (disks[i].step > disks[i].size)
		assert(st.st_blocks == 0);
	else if (disks[i].step > MIB)
		assert((uint64_t)st.st_blocks * 512 < disks[i].size / 10);
	assert(unlink("out/image") == 0);
}

static void keys_make(void)
{
	struct error err = { 0 };

	good(rsa_make("user.pem", "user.cert", "123456789012", &err), &err);
	good(rsa_make("cloud.pem", "cloud.cert", "000000000000", &err), &err);
	good(rsa_read_private("user.pem", &user_private, &err), &err);
	good(rsa_read_private("cloud.pem", &cloud_private, &err), &err);
	good(rsa_read_certificate("user.cert", &user, &err), &err);
	good(rsa_read_certificate("cloud.cert", &cloud, &err), &err);
}

int main(void)
{
	auto_free char *hand = realpath("examples/unbundle-by-hand", NULL);
	auto_free char *by_hand = format_text(
		"%s bundle/image.manifest.xml user.pem hand user.cert &&"
		" cmp disk hand",
		hand);

	assert(hand && by_hand && chdir(getenv("TMPDIR")) == 0);
	assert(mkdir("out", 0700) == 0);
	keys_make();
	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		printf("%s\n", disks[i].name);
		fflush(stdout);
		run("rm -rf bundle && mkdir bundle");
		disk_make(i);
		pack(i);
		unpack(user_private);
		check_room(i);
		run(by_hand);
		unpack(cloud_private);
		check_room(i);
	}
	rsa_free(user_private);
	rsa_free(cloud_private);
	rsa_free(user);
	rsa_free(cloud);
	return 0;
}
