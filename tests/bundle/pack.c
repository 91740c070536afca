/* pack.c - what is packed, openssl, gunzip, tar and Python read by hand
 *
 * Nothing here is held against our own reader alone: the peers' tools take
 * each bundle apart, and say the same digests.
 */
#include "bundle/pack.h"

#include "bundle/unpack.h"
#include "images/base/hex.h"
#include "tests/images/chain/testing.h"

static struct error err;
static struct rsa *key;
static const struct manifest about = {
	.bundler_name = "qami",
	.bundler_version = "1",
	.bundler_release = "0",
	.architecture = "x86_64",
	.name = "disk",
	.user = "123456789012",
	.type = "machine",
};

/* Opens a fresh directory's bundle again. */
struct bundle {
	const char *directory;
	struct arena *arena;
	struct manifest manifest;
	char secret[33], iv[33];
};

static void bundle_open_it(struct bundle *bundle, const char *directory,
			   const char *prefix)
{
	struct bundle_key secret;
	auto_buf said = BUF_INIT;
	int fd = reading(
		keep(format_text("%s/%s.manifest.xml", directory, prefix)));

	bundle->directory = directory;
	bundle->arena = arena_new();
	check(bundle->arena);
	good(manifest_read(fd, bundle->arena, &bundle->manifest, &said, &err));
	good(manifest_verify(&bundle->manifest, &said, key, &err));
	close(fd);
	good(bundle_key_unwrap(&bundle->manifest, key, &secret, &err));
	hex_write(secret.key, 16, bundle->secret);
	hex_write(secret.iv, 16, bundle->iv);
}

static char *fresh(const char *name)
{
	char *path = in_dir(name);

	run("rm", "-rf", path);
	check(mkdir(path, 0700) == 0);
	return path;
}

/* Parts, digests, one gzip member, and one archive member with these bytes, as
 * Python sees them; `sizes` is of the image and of all parts. */
static const char reader[] =
	"import hashlib, os, subprocess, sys, tarfile, zlib\n"
	"disk, name, size, bundled, digest, key, iv, stream = sys.argv[1:9]\n"
	"def sha(file, kind):\n"
	"    made = hashlib.new(kind)\n"
	"    for data in iter(lambda: file.read(1 << 20), b''):\n"
	"        made.update(data)\n"
	"    return made.hexdigest()\n"
	"sealed = b''\n"
	"for part in sys.argv[9:]:\n"
	"    path, wanted = part.split('=')\n"
	"    data = open(path, 'rb').read()\n"
	"    assert data and hashlib.sha1(data).hexdigest() == wanted, path\n"
	"    sealed += data\n"
	"assert len(sealed) == int(bundled) and len(sealed) % 16 == 0\n"
	"assert os.path.getsize(disk) == int(size)\n"
	"subprocess.run(['openssl', 'enc', '-d', '-aes-128-cbc', '-K', key,\n"
	"                '-iv', iv, '-out', stream], input=sealed, check=True)\n"
	"gzip, made, length = zlib.decompressobj(31), hashlib.sha1(), 0\n"
	"with open(stream, 'rb') as file:\n"
	"    for data in iter(lambda: file.read(1 << 16), b''):\n"
	"        plain = gzip.decompress(data)\n"
	"        made.update(plain)\n"
	"        length += len(plain)\n"
	"assert gzip.eof and not gzip.unused_data\n"
	"assert length % 10240 == 0 and made.hexdigest() == digest\n"
	"tar = tarfile.open(stream, 'r|gz')\n"
	"member = tar.next()\n"
	"assert member.name == name, member.name\n"
	"assert member.uid == member.gid == member.mtime == 0\n"
	"assert member.uname == member.gname == 'root'\n"
	"assert member.mode == 0o644 and member.isfile()\n"
	"packed = sha(tar.extractfile(member), 'sha256')\n"
	"assert packed == sha(open(disk, 'rb'), 'sha256')\n"
	"assert tar.next() is None\n";

/* All that a manifest says of the bytes, checked by others. */
static void reads_back(const struct bundle *bundle, const char *disk)
{
	const struct manifest *manifest = &bundle->manifest;
	const char **argv = calloc(manifest->part_count + 12, sizeof(*argv));
	size_t count = 0;

	check(argv);
	argv[count++] = "python3";
	argv[count++] = "-c";
	argv[count++] = reader;
	argv[count++] = disk;
	argv[count++] = manifest->name;
	argv[count++] =
		keep(format_text("%llu", (unsigned long long)manifest->size));
	argv[count++] = keep(format_text(
		"%llu", (unsigned long long)manifest->bundled_size));
	argv[count++] = manifest->digest;
	argv[count++] = bundle->secret;
	argv[count++] = bundle->iv;
	argv[count++] = in_dir("stream.gz");
	for (size_t i = 0; i < manifest->part_count; i++)
		argv[count++] = keep(format_text("%s/%s=%s", bundle->directory,
						 manifest->parts[i].name,
						 manifest->parts[i].digest));
	run_argv(argv);
	free(argv);
}

/* The stream of the last bundle by gunzip and GNU tar. */
static void extracts(const char *disk, const char *name)
{
	char *to = fresh("extracted");

	run("sh", "-euc",
	    "gunzip -c \"$1\" | tar -xSC \"$2\"; cmp \"$2/$3\" \"$4\"", "sh",
	    in_dir("stream.gz"), to, name, disk);
}

static void pack_it(const char *disk, struct pack *pack, const char *directory)
{
	auto_of(source) source = NULL;
	auto_close int fd = reading(disk);

	good(source_open_file(fd, disk, &source, &err));
	pack->source = source;
	pack->prefix = pack->prefix ? pack->prefix : "disk";
	pack->about = pack->about ? pack->about : &about;
	pack->user = pack->signer = key;
	good(pack_directory(pack, directory, &err));
	pack->source = NULL;
}

/* Packs and reads back; returns how many parts there were. */
static size_t round_trip(const char *disk, struct pack pack)
{
	struct bundle bundle;
	char *directory = fresh("bundle");
	size_t count;

	pack_it(disk, &pack, directory);
	bundle_open_it(&bundle, directory, pack.prefix ? pack.prefix : "disk");
	reads_back(&bundle, disk);
	count = bundle.manifest.part_count;
	arena_free(bundle.arena);
	/* parts, manifest, and nothing hidden */
	check(atoi(run("sh", "-c",
		       keep(format_text("ls -A %s | wc -l", directory)))) ==
	      (int)count + 1);
	return count;
}

static void odd_sizes(void)
{
	static const uint64_t sizes[] = { 1, 511, 512, 513, 9216, 9217,
					  (1 << 20) - 512, (1 << 20) + 1,
					  (5 << 20) + 77 };
	static char data[(5 << 20) + 77];
	char *disk = in_dir("odd");

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * i / 1000 + i % 7);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		make_file(disk, data, sizes[i], sizes[i]);
		round_trip(disk, (struct pack){ .level = (int)i % 12 + 1,
						.sparse = i % 2 });
		extracts(disk, "disk");
		make_file(disk, "", 0, sizes[i]);
		round_trip(disk, (struct pack){ .sparse = i % 2 == 0 });
		extracts(disk, "disk");
	}
}

static void disks(void)
{
	char *disk = in_dir("disk.raw");

	make_disk(disk, 30 * MIB + 512);
	round_trip(disk, (struct pack){ .threads = 1 });
	extracts(disk, "disk");
	round_trip(disk, (struct pack){ .threads = 7, .level = 12 });
	round_trip(disk, (struct pack){ .threads = 64, .sparse = true });
	extracts(disk, "disk");
}

/* More extents than a header has room for, and than one more block has. */
static void many_holes(void)
{
	char *disk = in_dir("holes.raw");
	int fd;

	make_file(disk, "x", 1, 6 * MIB + 100);
	fd = open(disk, O_RDWR | O_CLOEXEC);
	for (unsigned count = 1; count <= 60; count++) {
		check(pwrite(fd, "data", 4, count * MIB / 10 + 500) == 4);
		if (count == 3 || count == 4 || count == 24 || count == 25 ||
		    count == 60) {
			round_trip(disk, (struct pack){ .sparse = true });
			extracts(disk, "disk");
		}
	}
	close(fd);
}

/* Sizes that have no room in octal digits. The plain archive is read by our
 * own reader, which is done with 8 GiB of zeros in seconds. */
static void huge(void)
{
	char *disk = in_dir("huge.raw"), *to = fresh("huge");
	struct unpack unpack = { 0 };
	struct bundle_key secret;
	struct bundle bundle;
	struct pack pack = { 0 };
	int fd;

	make_file(disk, "begin", 5, 8 * GIB + 5);
	fd = open(disk, O_RDWR | O_CLOEXEC);
	check(pwrite(fd, "end", 3, (off_t)(8 * GIB)) == 3);
	check(pwrite(fd, "middle", 6, (off_t)(4 * GIB - 3)) == 6);
	close(fd);
	pack_it(disk, &pack, fresh("bundle"));
	bundle_open_it(&bundle, in_dir("bundle"), "disk");
	unpack.manifest = &bundle.manifest;
	unpack.key = &secret;
	good(bundle_key_unwrap(&bundle.manifest, key, &secret, &err));
	good(unpack_directory(&unpack, in_dir("bundle"), to, &err));
	run("sh", "-euc",
	    "[ $(stat -c %s \"$1\") = 8589934597 ]\n"
	    "[ $(du -k \"$1\" | cut -f 1) -lt 100 ]\n"
	    "[ $(head -c 5 \"$1\") = begin ] && [ $(tail -c 5 \"$1\") = end ]"
	    "\ndd if=\"$1\" bs=1 skip=4294967293 count=6 | grep -q middle",
	    "sh", keep(format_text("%s/disk", to)));
	arena_free(bundle.arena);
	pack.sparse = true;
	pack_it(disk, &pack, fresh("bundle"));
	bundle_open_it(&bundle, in_dir("bundle"), "disk");
	run("sh", "-euc",
	    "cat \"$1\"/*.part.* | openssl enc -d -aes-128-cbc -K \"$2\""
	    " -iv \"$3\" | gunzip | tar -tv | grep -q ' 8589934597 '",
	    "sh", in_dir("bundle"), bundle.secret, bundle.iv);
	arena_free(bundle.arena);
	check(unlink(disk) == 0);
}

static bool part_exists(const char *name)
{
	return access(keep(format_text("%s/%s", in_dir("bundle"), name)),
		      F_OK) == 0;
}

/* The stream's size is chosen by its noise, so that parts of each count come
 * out, and a last one that is full is no reason for an empty one. */
static void parts(void)
{
	static const size_t counts[] = { 1, 9, 10, 99, 100 };
	static char noise[20000];
	char *disk = in_dir("noise.raw");
	struct bundle bundle;
	uint32_t seed = 1;
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(noise); i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (char)(seed >> 24);
	}
	make_file(disk, noise, sizeof(noise), sizeof(noise));
	round_trip(disk, (struct pack){ 0 });
	bundle_open_it(&bundle, in_dir("bundle"), "disk");
	bytes = bundle.manifest.bundled_size;
	arena_free(bundle.arena);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		uint64_t size = (bytes + counts[i] - 1) / counts[i];
		size_t wanted = (bytes + size - 1) / size;

		check(round_trip(disk, (struct pack){ .part_size = size }) ==
		      wanted);
		check(part_exists(wanted < 10  ? "disk.part.0" :
				  wanted < 100 ? "disk.part.00" :
						 "disk.part.000"));
	}
	/* exact multiples of the part's size */
	check(round_trip(disk, (struct pack){ .part_size = bytes }) == 1);
	check(round_trip(disk, (struct pack){ .part_size = bytes / 2 }) ==
	      (bytes % 2 ? 3 : 2));
	check(bytes % 16 == 0);
}

static void names(void)
{
	static const char *const wrong[] = { "", "a/b", ".x", "-x", "a b",
					     "../x" };
	char *disk = in_dir("named.raw");
	char name[201];
	struct manifest called = about;
	struct pack pack = { .prefix = "x.y_z-1", .about = &called };
	auto_of(source) source = NULL;
	auto_close int fd = -1;

	make_disk(disk, 9 * MIB);
	memset(name, 'n', 200);
	for (size_t size = 99; size <= 200; size = size == 101 ? 200 : size + 1) {
		called.name = name + 200 - size;
		name[200] = 0;
		round_trip(disk, pack);
		pack.sparse = !pack.sparse;
		pack.prefix = called.name;
	}
	called.name = NULL; /* the prefix, then */
	pack.prefix = "other";
	pack_it(disk, &pack, fresh("bundle"));
	run("grep", "-q", "<image><name>other</name>",
	    keep(format_text("%s/other.manifest.xml", in_dir("bundle"))));
	fd = reading(disk);
	good(source_open_file(fd, disk, &source, &err));
	pack.source = source;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		pack.prefix = wrong[i];
		called.name = "fine";
		bad(INVALID_PARAMETER, "is no name for a bundle",
		    pack_directory(&pack, in_dir("bundle"), &err));
		bad(INVALID_PARAMETER, "is no name for a bundle",
		    pack_clean(in_dir("bundle"), wrong[i], &err));
		pack.prefix = "fine";
		called.name = wrong[i];
		bad(INVALID_PARAMETER, "is no name for an image",
		    pack_directory(&pack, in_dir("bundle"), &err));
	}
}

int main(void)
{
	good(rsa_make(in_dir("key.pem"), in_dir("key.crt"), "123456789012",
		      &err));
	good(rsa_read_private(in_dir("key.pem"), &key, &err));
	odd_sizes();
	disks();
	many_holes();
	huge();
	parts();
	names();
	rsa_free(key);
	return 0;
}
