/* crypt.c - chains of encrypted layers, over plain ones and of several keys
 *
 * Each layer is held against a copy in memory of what it shows. What is written
 * into encrypted layers is full of a word that no file may hold, and the tools
 * are run by way of scripts that note their arguments and their environment,
 * in which no key may be.
 */
#include "tests/images/chain/crypt.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "images/base/digest.h"
#include "images/chain/digests.h"
#include "images/chain/merge.h"
#include "images/chain/recode.h"
#include "images/chain/source.h"

#define DISK (8 * MIB)
#define MOST 6
#define WORD "only-where-nobody-reads-it"

static struct error err;
static struct chain *chain;
static struct holders holders;
static char *store, *noted;
static uint32_t noise = 815;

static uint32_t below(uint32_t most)
{
	noise = noise * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)noise * most) >> 32);
}

/* A chain, bottom first; `key` is 0 where a layer is plain. */
struct stack {
	struct layer_ref layers[MOST];
	char names[MOST][LAYER_NAME_SIZE];
	char keys[MOST];
	uint8_t *shows[MOST];
	size_t count;
};

static bool file_has(const char *path, const char *word)
{
	int fd = reading(path);
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *data = malloc((size_t)size + 1);
	bool has;

	check(data && pread(fd, data, (size_t)size, 0) == size);
	has = memmem(data, (size_t)size, word, strlen(word));
	free(data);
	close(fd);
	return has;
}

/* No file of the store holds the word, nor the notes a key. */
static void clean(void)
{
	const char *const argv[] = { "grep", "-rqF", WORD, store, NULL };
	int code = 0;
	struct process process = { .argv = argv,
				   .answers = 1 << 1,
				   .ret_exit = &code };

	good(process_run(&process, NULL, &err));
	check(code == 1);
	for (const char *key = "abc9"; *key; key++) {
		char text[33] = "";

		memset(text, *key, 32);
		check(!file_has(noted, text));
	}
}

/* Writes a few stretches into a layer, and into the copy. */
static void scribble(const struct layer_ref *layer, bool encrypted,
		     uint8_t *shows)
{
	static uint8_t data[MIB];
	struct disk *disk;

	good(disk_open_write(chain, layer, &disk, &err));
	for (unsigned i = 2 + below(6); i > 0; i--) {
		uint64_t at = below(DISK / 4096) * 4096ULL;
		size_t size = (1 + below(below(2) ? 8 : 200)) * 4096;
		bool zero = below(5) == 0;

		if (size > DISK - at)
			size = DISK - at;
		memset(data, zero ? 0 : 1 + (int)below(250), size);
		for (size_t k = 0; !zero && k < size; k += 512)
			strcpy((char *)data + k,
			       encrypted ? WORD : "plain all the same");
		good(disk_write(disk, data, size, at, &err));
		memcpy(shows + at, data, size);
	}
	good(disk_flush(disk, &err));
	disk_close(disk);
}

static void add(struct stack *stack, char key)
{
	size_t i = stack->count++;
	struct layer_ref *layer = stack->layers + i;
	const struct layer_ref *parent = i ? layer - 1 : NULL;
	bool inherits = i && stack->keys[i - 1] == key;

	layer->format = LAYER_QCOW2;
	layer->name = stack->names[i];
	stack->keys[i] = key;
	stack->shows[i] = calloc(1, DISK);
	check(stack->shows[i]);
	if (i)
		memcpy(stack->shows[i], stack->shows[i - 1], DISK);
	layer_name_new(LAYER_QCOW2, stack->names[i]);
	if (key && below(2) && !inherits) {
		struct layer_secret secret;

		secret_make(key, &secret);
		good(layer_create_encrypted(chain, layer->name, parent, DISK,
					    &secret, &err));
		secret_give(&holders, layer->name, key);
	} else {
		if (key && !inherits)
			secret_give(&holders, layer->name, key);
		good((below(2) ? layer_create : layer_create_whole)(
			chain, layer->name, parent, DISK, &err));
		if (key && inherits)
			secret_give(&holders, layer->name, key);
	}
	scribble(layer, key, stack->shows[i]);
	good(layer_freeze(chain, layer->name, &err));
}

/* Adds a raw bottom. */
static void add_raw(struct stack *stack)
{
	struct layer_ref *layer = stack->layers + stack->count++;
	int fd;

	*layer = (struct layer_ref){ stack->names[0], LAYER_RAW };
	layer_name_new(LAYER_RAW, stack->names[0]);
	make_disk(keep(layer_path(chain, layer->name)), DISK);
	stack->shows[0] = malloc(DISK);
	fd = reading(keep(layer_path(chain, layer->name)));
	check(stack->shows[0] && pread(fd, stack->shows[0], DISK, 0) == DISK);
	close(fd);
}

/* "r" is a raw layer, "-" a plain one, and letters are keys. */
static void stack_make(struct stack *stack, const char *keys)
{
	memset(stack, 0, sizeof(*stack));
	for (; *keys; keys++) {
		if (*keys == 'r')
			add_raw(stack);
		else
			add(stack, *keys == '-' ? 0 : *keys);
	}
	clean();
}

static void forget(struct stack *stack, size_t i)
{
	size_t rest = stack->count - i - 1;

	free(stack->shows[i]);
	memmove(stack->names[i], stack->names[i + 1],
		rest * sizeof(stack->names[0]));
	memmove(stack->layers + i, stack->layers + i + 1,
		rest * sizeof(stack->layers[0]));
	memmove(stack->shows + i, stack->shows + i + 1,
		rest * sizeof(stack->shows[0]));
	memmove(stack->keys + i, stack->keys + i + 1, rest);
	stack->count--;
	for (size_t k = i; k < stack->count; k++)
		stack->layers[k].name = stack->names[k];
}

static void stack_done(struct stack *stack)
{
	while (stack->count) {
		good(layer_remove(chain, stack->names[stack->count - 1], &err));
		forget(stack, stack->count - 1);
	}
	check(census(chain).files == 0);
	holders.count = 0;
}

/* A layer shows these bytes, and zeros behind them. */
static void shows(const struct layer_ref *layer, const uint8_t *bytes)
{
	uint8_t *got = malloc(DISK);
	struct disk *disk;

	good(disk_open(chain, layer, &disk, &err));
	good(disk_read(disk, got, DISK, 0, &err));
	check(memcmp(got, bytes, DISK) == 0);
	disk_close(disk);
	free(got);
}

/* Every layer shows what it showed, is sound, and as encrypted as it was; its
 * header names nothing but its parent. */
static void whole(const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct layer_ref *layer = stack->layers + i;
		char parent[LAYER_NAME_SIZE];
		enum layer_health health;
		bool encrypted;

		shows(layer, stack->shows[i]);
		good(layer_check(chain, layer, &health, &err));
		check(health == LAYER_SOUND);
		good(layer_parent(chain, layer->name, parent, &err));
		check(strcmp(parent, i ? stack->names[i - 1] : "") == 0);
		good(layer_encrypted(chain, layer->name, &encrypted, &err));
		check(encrypted == !!stack->keys[i]);
	}
	clean();
}

/* Takes layer `i` out from under the next. */
static void merge(struct stack *stack, size_t i)
{
	const struct layer_ref *doomed = stack->layers + i;
	const struct layer_ref *child = doomed + 1;
	bool one_key = doomed->format == LAYER_QCOW2 &&
		       stack->keys[i] == stack->keys[i + 1];
	struct merge_cost cost;

	good(merge_cost(chain, child, doomed, &cost, &err));
	check((cost.push == UINT64_MAX) == !one_key);
	check(cost.pull != UINT64_MAX);
	if (one_key && below(3)) {
		good(merge_push(chain, child, doomed, &err));
	} else {
		if (!one_key && doomed->format == LAYER_QCOW2)
			bad(INTERNAL, "is not encrypted as",
			    merge_push(chain, child, doomed, &err));
		good(merge_pull(chain, child, i ? doomed - 1 : NULL, NULL,
				&err));
		clean();
		good(layer_remove(chain, doomed->name, &err));
	}
	forget(stack, i);
	whole(stack);
}

/* Chains of every kind, to the last layer. */
static void merging(void)
{
	static const char *const kinds[] = { "aaa", "--aa", "raab", "-aabb" };
	struct stack stack;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		stack_make(&stack, kinds[i]);
		whole(&stack);
		while (stack.count > 1)
			merge(&stack, below((uint32_t)stack.count - 1));
		stack_done(&stack);
	}
}

/* Many layers at once, and a layer of another key in between. */
static void consolidating(void)
{
	struct stack stack;

	stack_make(&stack, "-aaba");
	good(merge_pull(chain, stack.layers + 4, stack.layers, NULL, &err));
	for (size_t i = 3; i > 0; i--) {
		good(layer_remove(chain, stack.names[i], &err));
		forget(&stack, i);
	}
	whole(&stack);
	stack_done(&stack);
}

/* A plain layer over an encrypted one is never made, nor does one that was
 * take in what lies below it. */
static void staying_secret(void)
{
	struct layer_ref plain = { .format = LAYER_QCOW2 };
	char name[LAYER_NAME_SIZE];
	bool encrypted;
	struct stack stack;

	stack_make(&stack, "-a");
	layer_name_new(LAYER_QCOW2, name);
	plain.name = name;
	good(layer_create(chain, name, stack.layers + 1, DISK, &err));
	good(layer_encrypted(chain, name, &encrypted, &err));
	check(encrypted);
	good(layer_remove(chain, name, &err));
	good(layer_create(chain, name, stack.layers, DISK, &err));
	good(layer_encrypted(chain, name, &encrypted, &err));
	check(!encrypted);
	good(layer_stand_on(chain, &plain, stack.layers + 1, &err));
	bad(INTERNAL, "is not encrypted, and",
	    merge_pull(chain, &plain, stack.layers, NULL, &err));
	clean();
	good(layer_remove(chain, name, &err));
	stack_done(&stack);
}

/* Whoever has no key, or another one, is told so. */
static void locked(void)
{
	struct layer_secret none = { .key = "" };
	char name[LAYER_NAME_SIZE];
	struct merge_cost cost;
	struct stack stack;
	struct disk *disk;
	uint8_t kept;
	bool equal;

	stack_make(&stack, "-aa");
	holders.wrong = true;
	for (size_t i = 1; i < 3; i++)
		bad(INTERNAL, "does not open with its key",
		    disk_open(chain, stack.layers + i, &disk, &err));
	bad(INTERNAL, "does not open with its key",
	    layers_equal(chain, stack.layers, stack.layers + 2, &equal, &err));
	bad(INTERNAL, "does not open with its key",
	    merge_pull(chain, stack.layers + 2, stack.layers, NULL, &err));
	holders.wrong = false;
	holders.fault = FAULT_INCORRECT_STATE;
	bad(INCORRECT_STATE, "is disabled",
	    disk_open(chain, stack.layers + 2, &disk, &err));
	layer_name_new(LAYER_QCOW2, name);
	bad(INCORRECT_STATE, "is disabled",
	    layer_create(chain, name, stack.layers + 2, DISK, &err));
	good(merge_cost(chain, stack.layers + 2, stack.layers + 1, &cost,
			&err));
	check(cost.push == UINT64_MAX && cost.pull == UINT64_MAX &&
	      !cost.freed);
	good(disk_open(chain, stack.layers, &disk, &err)); /* which is plain */
	disk_close(disk);
	holders.fault = FAULT_NONE;
	kept = (uint8_t)holders.count;
	holders.count = 0;
	bad(INTERNAL, "no key is known",
	    disk_open(chain, stack.layers + 2, &disk, &err));
	chain_set_secrets(chain, NULL, NULL);
	bad(INTERNAL, "no key is known",
	    disk_open(chain, stack.layers + 2, &disk, &err));
	chain_set_secrets(chain, secret_tell, &holders);
	holders.count = kept;
	secret_give(&holders, stack.names[0], 'a');
	bad(INTERNAL, "is not encrypted, and has a key",
	    disk_open(chain, stack.layers, &disk, &err));
	holders.count = kept;
	bad(INTERNAL, "is to have a key",
	    layer_create_encrypted(chain, name, NULL, DISK, &none, &err));
	whole(&stack);
	stack_done(&stack);
}

/* An encrypted layer grows, thaws and is the source of a bundle as others. */
static void living(void)
{
	uint8_t *got = malloc(DISK);
	struct source *source;
	struct stack stack;
	struct disk *disk;
	uint64_t size;

	stack_make(&stack, "-ab");
	good(layer_thaw(chain, stack.names[2], &err));
	good(layer_grow(chain, stack.names[2], 3 * DISK + 1, &err));
	good(layer_size(chain, stack.layers + 2, &size, &err));
	check(size == 3 * DISK + 512);
	scribble(stack.layers + 2, true, stack.shows[2]);
	good(disk_open(chain, stack.layers + 2, &disk, &err));
	good(source_open_disk(disk, &source, &err));
	good(source_read(source, got, DISK, 0, &err));
	check(memcmp(got, stack.shows[2], DISK) == 0);
	source_close(source);
	good(disk_open_write(chain, stack.layers + 2, &disk, &err));
	bad(VOLUME_IN_USE, "another process",
	    disk_open(chain, stack.layers + 2, &(struct disk *){ NULL }, &err));
	bad(VOLUME_IN_USE, "another process",
	    layer_grow(chain, stack.names[2], 4 * DISK, &err));
	bad(VOLUME_IN_USE, "open in a process",
	    layer_remove(chain, stack.names[2], &err));
	disk_close(disk);
	good(layer_freeze(chain, stack.names[2], &err));
	whole(&stack);
	stack_done(&stack);
	free(got);
}

static void count_bad(void *data, uint64_t block)
{
	unsigned *count = data;

	(void)block;
	++*count;
}

/* How many blocks of a layer are not what its list says. */
static unsigned differing(const struct layer_ref *layer)
{
	uint64_t block = 0;
	unsigned count = 0;

	good(digests_verify(chain, layer, 0, &block, count_bad, &count, &err));
	check(block == UINT64_MAX);
	return count;
}

/* Lists of encrypted layers tell who has the key what changed, and nobody else
 * what is there. */
static void digesting(void)
{
	struct layer_ref top_first[MOST];
	struct digests *all;
	uint64_t block = 0;
	struct stack stack;
	unsigned data = 0;

	stack_make(&stack, "-aab");
	for (size_t i = 0; i < 4; i++) {
		good(digests_make(chain, stack.layers + i, &err));
		check(differing(stack.layers + i) == 0);
		top_first[3 - i] = stack.layers[i];
	}
	good(digests_load(chain, top_first, 3, &all, &err));
	for (uint64_t i = 0; i < DISK / BLOCK_SIZE; i++) {
		const uint8_t *bytes = stack.shows[3] + i * BLOCK_SIZE;
		const uint8_t *digest = digests_get(all, i);
		uint8_t plain[SHA256_SIZE];

		sha256(bytes, BLOCK_SIZE, plain);
		if (!digest)
			continue;
		check((memcmp(digest, plain, SHA256_SIZE) == 0) ==
		      (memcmp(plain, digest_of_zeros, SHA256_SIZE) == 0));
		data += memcmp(plain, digest_of_zeros, SHA256_SIZE) != 0;
	}
	check(data > 0);
	check(!digests_comparable((const struct digests *[]){ all }, 1));
	digests_free(all);
	good(digests_load(chain, top_first, 4, &all, &err));
	good(digests_take_keys(chain, all, &err));
	for (uint64_t i = 0; i < DISK / BLOCK_SIZE; i++) {
		uint8_t *bytes = stack.shows[3] + i * BLOCK_SIZE;

		check(digests_check(all, i, bytes));
		bytes[i]++;
		check(!digests_check(all, i, bytes));
		bytes[i]--;
	}
	digests_free(all);
	good(digests_load(chain, top_first + 1, 2, &all, &err));
	check(digests_comparable((const struct digests *[]){ NULL, all }, 2));
	digests_free(all);
	holders.wrong = true;
	bad(INTERNAL, "made with another key",
	    digests_verify(chain, stack.layers + 1, 0, &block, count_bad, &data,
			   &err));
	holders.wrong = false;
	/* one of the same key takes over what it hides, others do not */
	good(digests_merge(chain, stack.names[2], stack.names[1], &err));
	good(merge_pull(chain, stack.layers + 2, stack.layers, NULL, &err));
	check(digests_exist(chain, stack.names[2]));
	check(differing(stack.layers + 2) == 0);
	good(layer_remove(chain, stack.names[1], &err));
	good(digests_remove(chain, stack.names[1], &err));
	forget(&stack, 1);
	good(digests_merge(chain, stack.names[2], stack.names[1], &err));
	check(!digests_exist(chain, stack.names[2]));
	good(digests_merge(chain, stack.names[1], stack.names[0], &err));
	check(!digests_exist(chain, stack.names[1]));
	good(digests_make(chain, stack.layers + 1, &err));
	good(layer_thaw(chain, stack.names[1], &err));
	scribble(stack.layers + 1, true, stack.shows[1]);
	check(differing(stack.layers + 1) > 0);
	for (size_t i = 0; i < 3; i++)
		good(digests_remove(chain, stack.names[i], &err));
	clean();
	stack_done(&stack);
}

struct stop {
	unsigned after; /* notes */
	bool waits;	/* once it has noted anything, for its end */
	uint64_t at;
};

static bool note(void *data, uint64_t at, uint64_t size, struct error *stopped)
{
	struct stop *stop = data;

	check(at >= stop->at && at <= size);
	stop->at = at;
	while (stop->waits)
		pause();
	return at == size || stop->after-- > 0 ||
	       fail(stopped, FAULT_UNAVAILABLE, "enough for today");
}

/* Copies in a process that is killed when it has noted how far it is. */
static void recode_killed(const struct layer_ref *from,
			  const struct layer_ref *to, struct stop *shared)
{
	uint64_t at = 0;
	pid_t child = fork();

	if (child == 0) {
		struct error lost_err = { 0 };

		shared->waits = true;
		_exit(!layer_recode(chain, from, NULL, to, &at, note, shared,
				    &lost_err));
	}
	check(child > 0);
	while (!*(volatile uint64_t *)&shared->at &&
	       waitpid(child, NULL, WNOHANG) == 0)
		usleep(100);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	shared->waits = false;
	check(shared->at);
}

/* A chain is copied into a layer of a new key, in several goes; what was
 * written since goes into one over it. */
static void recoding(void)
{
	static uint8_t data[MIB];
	char names[3][LAYER_NAME_SIZE];
	struct layer_ref from = { names[0], LAYER_QCOW2 };
	struct layer_ref to = { names[1], LAYER_QCOW2 };
	struct layer_ref next = { names[2], LAYER_QCOW2 };
	struct stop *stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stack stack;
	struct disk *disk;
	uint64_t at = 0;
	unsigned goes = 0;
	bool equal;

	stack_make(&stack, "-aa");
	for (size_t i = 0; i < 3; i++)
		layer_name_new(LAYER_QCOW2, names[i]);
	good(layer_create(chain, from.name, stack.layers + 2, 64 * MIB, &err));
	secret_give(&holders, from.name, 'a');
	good(disk_open_write(chain, &from, &disk, &err));
	for (size_t i = 0; i < sizeof(data); i += 512)
		strcpy((char *)data + i, WORD);
	for (uint64_t i = 10; i < 50; i++)
		good(disk_write(disk, data, MIB, i * MIB, &err));
	disk_close(disk);
	good(layer_freeze(chain, from.name, &err));
	secret_give(&holders, to.name, 'c');
	good(layer_create(chain, to.name, NULL, 64 * MIB, &err));
	check(stop != MAP_FAILED);
	recode_killed(&from, &to, stop);
	for (;; error_clear(&err)) {
		at = stop->at; /* as far as it was noted */
		stop->after = 0;
		if (layer_recode(chain, &from, NULL, &to, &at, note, stop,
				 &err))
			break;
		clean();
		if (err.fault == FAULT_VOLUME_IN_USE)
			continue; /* the killed one's server is dying */
		check(err.fault == FAULT_UNAVAILABLE && ++goes < 9);
	}
	check(goes > 0 && stop->at == 64 * MIB && at == UINT64_MAX);
	munmap(stop, sizeof(*stop));
	good(layers_equal(chain, &from, &to, &equal, &err));
	check(equal);
	good(layer_freeze(chain, to.name, &err));
	/* the difference: what the three layers below hold, once more */
	secret_give(&holders, next.name, 'c');
	good(layer_create(chain, next.name, &to, 64 * MIB, &err));
	at = 0;
	good(layer_recode(chain, &from, stack.layers + 2, &next, &at, NULL,
			  NULL, &err));
	check(at == UINT64_MAX);
	good(layers_equal(chain, &from, &next, &equal, &err));
	check(equal);
	bad(INTERNAL, "is not below",
	    layer_recode(chain, stack.layers, &to, &next, &at, NULL, NULL,
			 &err));
	clean();
	for (size_t i = 3; i > 0; i--)
		good(layer_remove(chain, names[i - 1], &err));
	stack_done(&stack);
}

/* Puts scripts before the tools that note how they are called. */
static void note_calls(void)
{
	static const char *const tools[] = { "qemu-img", "qemu-nbd" };
	const char *path = getenv("PATH");
	char *dir = in_dir("bin");

	noted = in_dir("noted");
	make_file(noted, "", 0, 0);
	check(path && mkdir(dir, 0700) == 0);
	for (size_t i = 0; i < 2; i++) {
		char *script = keep(format_text(
			"#!/bin/sh\nPATH='%s'\n{ echo \"$0 $*\"; env; "
			"grep 'core file' /proc/self/limits; } >>'%s'"
			"\nexec %s \"$@\"\n",
			path, noted, tools[i]));
		char *file = keep(format_text("%s/%s", dir, tools[i]));

		make_file(file, script, strlen(script), strlen(script));
		check(chmod(file, 0700) == 0);
	}
	check(setenv("PATH", keep(format_text("%s:%s", dir, path)), 1) == 0);
}

int main(void)
{
	struct rlimit core;

	note_calls();
	check(getrlimit(RLIMIT_CORE, &core) == 0);
	store = in_dir("s,t=o:r\"e");
	good(chain_open(keep(format_text("%s/layers", store)), &chain, &err));
	chain_set_secrets(chain, secret_tell, &holders);
	living();
	locked();
	staying_secret();
	digesting();
	recoding();
	consolidating();
	merging();
	check(file_has(noted, "qemu-nbd --object secret,id=key0,"));
	check(core.rlim_max <= 1 ||
	      file_has(noted, "Max core file size        1   "));
	check(file_has(noted, "qemu-img compare --object secret,id=key0,"));
	chain_close(chain);
	return 0;
}
