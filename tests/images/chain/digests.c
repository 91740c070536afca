/* digests.c - lists say what a guest reads, through merges and damage
 *
 * Random chains: the digests that their lists add up to are those of the bytes
 * that qemu-img reads, before and after layers are merged away.
 */
#include "tests/images/chain/testing.h"

#include <openssl/sha.h>

#include "images/base/clock.h"
#include "images/base/file.h"
#include "images/chain/digests.h"
#include "images/chain/merge.h"

#define MOST 5

static struct error err;
static struct chain *chain;
static char names[MOST][LAYER_NAME_SIZE];
static struct layer_ref layers[MOST];
static uint64_t sizes[MOST];
static uint32_t noise = 99;

static uint32_t below(uint32_t most)
{
	noise = noise * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)noise * most) >> 32);
}

static char *path_of(unsigned layer)
{
	return keep(layer_path(chain, names[layer]));
}

static char *list_of(unsigned layer)
{
	return keep(format_text("%s/store/digests/%s", getenv("TMPDIR"),
				names[layer]));
}

static void scribble(unsigned layer)
{
	const char *argv[64] = { "qemu-io", "-d", "unmap", "-f", "qcow2" };
	size_t at = 5;

	for (unsigned i = 2 + below(8); i > 0; i--) {
		uint64_t grain = below(2) ? 4096 : 256 * 1024;
		uint64_t from = below((uint32_t)(sizes[layer] / grain)) * grain;
		uint64_t length = (1 + below(6)) * grain;
		char how[32] = "-z";

		if (below(4))
			snprintf(how, sizeof(how), "-P %u", below(256));
		if (length > sizes[layer] - from)
			length = sizes[layer] - from;
		argv[at++] = "-c";
		argv[at++] = keep(format_text("write -q %s %llu %llu", how,
					      (unsigned long long)from,
					      (unsigned long long)length));
	}
	argv[at++] = path_of(layer);
	run_argv(argv);
}

/* Layers bottom first, frozen; some disks grow, and end within a block. */
static void make_layers(unsigned count, bool raw)
{
	for (unsigned i = 0; i < count; i++) {
		enum layer_format format = raw && i == 0 ? LAYER_RAW :
							   LAYER_QCOW2;

		layer_name_new(format, names[i]);
		layers[i] = (struct layer_ref){ names[i], format };
		sizes[i] = i ? sizes[i - 1] + below(2) * (700 * 1024) :
			       24 * MIB + below(3) * 5 * 512;
		if (format == LAYER_RAW) {
			make_disk(path_of(i), sizes[i]);
		} else {
			good(layer_create(chain, names[i],
					  i ? layers + i - 1 : NULL, sizes[i],
					  &err));
			scribble(i);
		}
		good(layer_freeze(chain, names[i], &err));
	}
}

/* The digests of a chain whose layers are given top first. */
static void same_as_read(const struct layer_ref *chained, unsigned count,
			 uint64_t size)
{
	static uint8_t zeros[BLOCK_SIZE];
	uint64_t blocks = (size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	auto_of(digests) digests = NULL;
	auto_buf text = BUF_INIT;
	char *raw = in_dir("raw");
	unsigned known = 0, next = 0;

	run("qemu-img", "convert", "-f", layer_format_name(chained->format),
	    "-O", "raw", keep(layer_path(chain, chained->name)), raw);
	good(file_read(raw, size, &text, &err));
	check(text.size == size);
	while (text.size < blocks * BLOCK_SIZE)
		buf_char(&text, 0);
	good(digests_load(chain, chained, count, &digests, &err));
	check(digests);
	for (uint64_t i = 0; i < blocks; i++) {
		const char *data = text.data + i * BLOCK_SIZE;
		const uint8_t *digest = digests_get(digests, i);
		uint8_t wanted[BLOCK_DIGEST_SIZE];

		SHA256((const uint8_t *)data, BLOCK_SIZE, wanted);
		check(digest ? memcmp(digest, wanted, sizeof(wanted)) == 0 :
			       memcmp(data, zeros, BLOCK_SIZE) == 0);
		known += digest != NULL;
		check((digests_next(digests, i) == i) == (digest != NULL));
	}
	for (uint64_t i = 0; (i = digests_next(digests, i)) != UINT64_MAX; i++)
		next++;
	check(next == known && digests_next(digests, blocks) == UINT64_MAX);
	check(!digests_get(digests, UINT64_MAX));
}

/* The layers from one down to the bottom. */
static void check_layer(unsigned layer)
{
	struct layer_ref chained[MOST];

	for (unsigned i = 0; i <= layer; i++)
		chained[i] = layers[layer - i];
	same_as_read(chained, layer + 1, sizes[layer]);
}

static void count_bad(void *data, uint64_t block)
{
	uint64_t *seen = data;

	seen[0]++;
	seen[1] = block;
}

/* How many blocks of a layer are bad; the last one's number. */
static uint64_t verify(const struct layer_ref *layer, uint64_t *ret_last)
{
	uint64_t block = 0, seen[2] = { 0, 0 };

	good(digests_verify(chain, layer, 0, &block, count_bad, seen, &err));
	check(block == UINT64_MAX);
	if (ret_last)
		*ret_last = seen[1];
	return seen[0];
}

static void forget(unsigned layer, unsigned *count)
{
	for (unsigned i = layer; i + 1 < *count; i++) {
		memcpy(names[i], names[i + 1], sizeof(names[i]));
		layers[i].format = layers[i + 1].format;
		sizes[i] = sizes[i + 1];
	}
	--*count;
}

static void remove_all(unsigned count)
{
	while (count-- > 0) {
		good(digests_remove(chain, names[count], &err));
		good(layer_remove(chain, names[count], &err));
	}
	run("rmdir", in_dir("store/digests")); /* nothing is left in it */
}

static void through_merges(bool raw)
{
	struct digests *digests;
	unsigned count = MOST;

	make_layers(count, raw);
	for (unsigned i = 0; i < count; i++) {
		check(!digests_exist(chain, names[i]));
		good(digests_load(chain, layers + i, 1, &digests, &err));
		check(!digests);
		good(digests_make(chain, layers + i, &err));
		check(digests_exist(chain, names[i]));
		good(digests_make(chain, layers + i, &err));
	}
	for (unsigned i = 0; i < count; i++) {
		check_layer(i);
		check(verify(layers + i, NULL) == 0);
	}
	while (count > 1) {
		unsigned gone = below(count - 1);
		char name[LAYER_NAME_SIZE];

		memcpy(name, names[gone], sizeof(name));
		if (layers[gone].format == LAYER_QCOW2 && below(2)) {
			good(merge_push(chain, layers + gone + 1, layers + gone,
					&err));
		} else {
			good(merge_pull(chain, layers + gone + 1,
					gone ? layers + gone - 1 : NULL, NULL, &err));
			good(layer_remove(chain, name, &err));
		}
		good(digests_merge(chain, names[gone + 1], name, &err));
		good(digests_merge(chain, names[gone + 1], name, &err));
		good(digests_remove(chain, name, &err));
		good(digests_remove(chain, name, &err));
		forget(gone, &count);
		for (unsigned i = 0; i < count; i++) {
			check_layer(i);
			check(verify(layers + i, NULL) == 0);
		}
	}
	remove_all(count);
}

/* Whoever inherits from a layer without a list has none. */
static void without(void)
{
	struct digests *digests;

	make_layers(2, false);
	good(digests_merge(chain, names[1], names[0], &err));
	good(digests_make(chain, layers + 1, &err));
	good(digests_load(chain, (struct layer_ref[]){ layers[1], layers[0] },
			  2, &digests, &err));
	check(!digests);
	good(digests_load(chain, layers, 0, &digests, &err));
	check(!digests_get(digests, 0));
	digests_free(digests);
	digests_free(NULL);
	good(digests_merge(chain, names[1], names[0], &err));
	check(!digests_exist(chain, names[1]));
	bad(INTERNAL, "no digests yet",
	    digests_verify(chain, layers, 0, &(uint64_t){ 0 }, count_bad, NULL,
			   &err));
	bad(INTERNAL, "no layer name", digests_remove(chain, "../x", &err));
	check(!digests_exist(chain, "../layers"));
	good(digests_make(chain, layers, &err));
	remove_all(2);
}

static void flip(const char *path, off_t at, uint8_t bits)
{
	int fd = open(writable(path), O_RDWR | O_CLOEXEC);
	uint8_t byte;

	check(fd >= 0 && pread(fd, &byte, 1, at) == 1);
	byte ^= bits;
	check(pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
}

/* Where `text` stands in a file. */
static off_t find(const char *path, const char *text)
{
	auto_buf whole = BUF_INIT;
	const char *at;

	good(file_read(path, 1 << 30, &whole, &err));
	at = memmem(whole.data, whole.size, text, strlen(text));
	check(at);
	return at - whole.data;
}

/* One bit, in the data or in the tables, is found, and only there. */
static void damage(void)
{
	uint64_t last = 0, table;
	auto_buf text = BUF_INIT;
	char *path;

	layer_name_new(LAYER_QCOW2, names[0]);
	layers[0] = (struct layer_ref){ names[0], LAYER_QCOW2 };
	path = path_of(0);
	good(layer_create(chain, names[0], NULL, 256 * MIB, &err));
	make_file(in_dir("pattern"), "a needle in a haystack", 22, 4096);
	run("qemu-io", "-f", "qcow2", "-c", "write -q -P 1 0 70M", "-c",
	    keep(format_text("write -q -s %s 40M 4k", in_dir("pattern"))),
	    path);
	good(layer_freeze(chain, names[0], &err));
	good(digests_make(chain, layers, &err));
	check(verify(layers, NULL) == 0);
	flip(path, find(path, "a needle"), 1);
	check(verify(layers, &last) == 1 && last == 80);
	flip(path, find(path, "` needle"), 1);
	check(verify(layers, NULL) == 0);
	/* the first subcluster is no longer there; then one that never was */
	good(file_read(path, 1 << 30, &text, &err));
	memcpy(&table, text.data + 3 * 128 * 1024, sizeof(table));
	table = be64toh(table) & 0x00fffffffffffe00ULL;
	flip(path, (off_t)table + 15, 1);
	check(verify(layers, &last) == 1 && last == 0);
	flip(path, (off_t)table + 15, 1);
	flip(path, (off_t)table + 1000 * 16 + 8 + 3, 1);
	check(verify(layers, &last) == 1 && last == 250);
	flip(path, (off_t)table + 1000 * 16 + 8 + 3, 1);
	check(verify(layers, NULL) == 0);
}

/* Verifying goes on where it was told to stop. */
static void resuming(void)
{
	uint64_t block = 0, seen[2] = { 0, 0 };
	char *path = path_of(0);
	unsigned steps = 0;

	flip(path, find(path, "a needle"), 1);
	while (block != UINT64_MAX) {
		uint64_t before = block;

		good(digests_verify(chain, layers, 1, &block, count_bad, seen,
				    &err));
		check(block > before);
		steps++;
	}
	check(steps > 1 && seen[0] == 1 && seen[1] == 80);
	block = 81;
	seen[0] = 0;
	good(digests_verify(chain, layers, 0, &block, count_bad, seen, &err));
	check(block == UINT64_MAX && seen[0] == 0);
}

/* A list that is not what was written is refused, at every byte and length. */
static void damaged_lists(void)
{
	char *path = list_of(0);
	struct digests *digests;
	struct stat st;

	check(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	check(st.st_size == 32 + 140 * 40 + 32);
	for (off_t at = 0; at < st.st_size; at += at < 200 ? 1 : 97) {
		flip(path, at, 4);
		bad(INTERNAL, "damaged",
		    digests_load(chain, layers, 1, &digests, &err));
		flip(path, at, 4);
	}
	good(digests_load(chain, layers, 1, &digests, &err));
	digests_free(digests);
	for (off_t size = st.st_size - 1; size >= 0;
	     size -= size > 90 ? 37 : 1) {
		check(truncate(path, size) == 0);
		bad(INTERNAL, "damaged",
		    digests_load(chain, layers, 1, &digests, &err));
	}
	check(stat(in_dir("store/digests"), &st) == 0);
	check((st.st_mode & 07777) == 0700);
	/* what a dead process left is in nobody's way, and goes */
	good(digests_remove(chain, names[0], &err));
	make_file(in_dir(keep(format_text("store/digests/new-%s", names[0]))),
		  "half", 4, 4);
	check(!digests_exist(chain, names[0]));
	good(digests_make(chain, layers, &err));
	good(digests_load(chain, layers, 1, &digests, &err));
	check(digests_get(digests, 0) && !digests_get(digests, 140));
	digests_free(digests);
	make_file(in_dir(keep(format_text("store/digests/new-%s", names[0]))),
		  "half", 4, 4);
	remove_all(1);
}

int main(void)
{
	umask(0);
	good(chain_open(in_dir("store/layers"), &chain, &err));
	for (unsigned i = 0; i < 3; i++)
		through_merges(i % 2);
	without();
	damage();
	resuming();
	damaged_lists();
	check(census(chain).files == 0);
	chain_close(chain);
	return 0;
}
