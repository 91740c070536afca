/* merge.c - chains get shorter and nothing that they show changes
 *
 * Random chains of three to six layers of growing sizes, in which a layer is
 * pushed into or pulled over, in any order, until one is left; each survivor is
 * compared byte for byte with what it showed before, by qemu-img alone.
 */
#include "tests/images/chain/testing.h"

#include "images/base/clock.h"
#include "images/chain/map.h"
#include "images/chain/merge.h"

#define MOST 6
#define CLUSTER (128 * 1024)

static struct error err;
static struct chain *chain;
static uint32_t noise = 4711;

static uint32_t below(uint32_t most)
{
	noise = noise * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)noise * most) >> 32);
}

static char *path_of(const char *name)
{
	return keep(layer_path(chain, name));
}

/* A chain, bottom first, and what each layer shows. */
struct stack {
	struct layer_ref layers[MOST];
	char names[MOST][LAYER_NAME_SIZE];
	char *shows[MOST];
	uint64_t sizes[MOST];
	size_t count;
};

static void scribble(const char *path, uint64_t size)
{
	const char *argv[64] = { "qemu-io", "-d", "unmap", "-f", "qcow2" };
	size_t at = 5;

	for (unsigned i = 1 + below(12); i > 0; i--) {
		uint64_t grain = below(3) ? 4096 : 128 * 1024;
		uint64_t from = below((uint32_t)(size / grain)) * grain;
		uint64_t length = (1 + below(20)) * grain;
		unsigned verb = below(6);
		char write[32] = "write -q -z";

		if (verb > 1)
			snprintf(write, sizeof(write), "write -q -P %u",
				 1 + below(250));
		if (length > size - from)
			length = size - from;
		argv[at++] = "-c";
		argv[at++] = keep(format_text(
			"%s %llu %llu", verb == 1 ? "discard -q" : write,
			(unsigned long long)from, (unsigned long long)length));
	}
	argv[at++] = path;
	run_argv(argv);
}

static void shown(const char *path, const char *format, const char *file)
{
	run("qemu-img", "convert", "-f", format, "-O", "raw", path, file);
}

/* Makes a chain; `raw` asks for such a bottom. */
static void stack_make(struct stack *stack, size_t count, bool raw)
{
	uint64_t size = 8 * MIB + below(9) * 512;

	memset(stack, 0, sizeof(*stack));
	stack->count = count;
	for (size_t i = 0; i < count; i++) {
		struct layer_ref *layer = stack->layers + i;
		char *path;

		layer->format = raw && i == 0 ? LAYER_RAW : LAYER_QCOW2;
		layer->name = stack->names[i];
		layer_name_new(layer->format, stack->names[i]);
		path = path_of(layer->name);
		if (layer->format == LAYER_RAW) {
			make_disk(path, size);
		} else {
			good(layer_create(chain, layer->name,
					  i ? layer - 1 : NULL, size, &err));
			scribble(path, size);
		}
		if (i + 1 < count || below(2))
			good(layer_freeze(chain, layer->name, &err));
		stack->sizes[i] = size;
		stack->shows[i] =
			in_dir(keep(format_text("shows-%u", (unsigned)i)));
		shown(path, layer_format_name(layer->format), stack->shows[i]);
		size += below(2) * (MIB + below(5) * 512);
	}
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	check(stat(path_of(name), &st) == 0);
	return st.st_mode & 07777;
}

/* Layer `i` is as it should be: what it shows, its size, parent and form. */
static void whole(const struct stack *stack, size_t i)
{
	const struct layer_ref *layer = stack->layers + i;
	char parent[LAYER_NAME_SIZE];
	enum layer_health health;
	char *info, size[64];

	run("qemu-img", "compare", "-q", "-f", layer_format_name(layer->format),
	    "-F", "raw", path_of(layer->name), stack->shows[i]);
	good(layer_check(chain, layer, &health, &err));
	check(health == LAYER_SOUND);
	good(layer_parent(chain, layer->name, parent, &err));
	check(strcmp(parent, i ? stack->layers[i - 1].name : "") == 0);
	if (layer->format == LAYER_RAW)
		return;
	info = run("qemu-img", "info", "--output=json", "-f", "qcow2",
		   path_of(layer->name));
	snprintf(size, sizeof(size), "\"virtual-size\": %llu,",
		 (unsigned long long)stack->sizes[i]);
	check(strstr(info, size) && strstr(info, "\"extended-l2\": true"));
	check(strstr(info, "\"cluster-size\": 131072"));
	check(!i || strstr(info, "\"backing-filename-format\""));
}

static bool sum_data(void *data, const struct extent *extent,
		     struct error *unused)
{
	uint64_t *sum = data;

	(void)unused;
	if (!extent->zero)
		*sum += extent->length;
	return true;
}

/* The bytes that a layer holds as data. */
static uint64_t held(const struct layer_ref *layer)
{
	uint64_t sum = 0;

	good(layer_map(chain, layer, sum_data, &sum, &err));
	return sum;
}

static void forget(struct stack *stack, size_t i)
{
	size_t rest = stack->count - i - 1;

	memmove(stack->names[i], stack->names[i + 1],
		rest * sizeof(stack->names[0]));
	memmove(stack->layers + i, stack->layers + i + 1,
		rest * sizeof(stack->layers[0]));
	memmove(stack->shows + i, stack->shows + i + 1,
		rest * sizeof(stack->shows[0]));
	memmove(stack->sizes + i, stack->sizes + i + 1,
		rest * sizeof(stack->sizes[0]));
	stack->count--;
	for (size_t k = i; k < stack->count; k++)
		stack->layers[k].name = stack->names[k];
}

/* Takes layer `i` out from under layer `i + 1`. */
static void merge(struct stack *stack, size_t i, bool push)
{
	const struct layer_ref *doomed = stack->layers + i;
	const struct layer_ref *child = doomed + 1;
	mode_t mode = mode_of(child->name);
	uint64_t before, after, most, slack;
	struct merge_cost cost;

	good(merge_cost(chain, child, doomed, &cost, &err));
	check(cost.push ==
	      (doomed->format == LAYER_RAW ? UINT64_MAX : held(child)));
	if (doomed->format == LAYER_RAW) {
		bad(INTERNAL, "is raw", merge_push(chain, child, doomed, &err));
		push = false;
	}
	before = held(child) + held(doomed);
	if (push) {
		good(merge_push(chain, child, doomed, &err));
		check(!layer_exists(chain, doomed->name));
		good(merge_push(chain, child, doomed, &err)); /* again */
	} else {
		const struct layer_ref *base = i ? doomed - 1 : NULL;

		good(merge_pull(chain, child, base, NULL, &err));
		check(layer_exists(chain, doomed->name));
		good(merge_pull(chain, child, base, NULL, &err));
		good(layer_remove(chain, doomed->name, &err));
	}
	check(mode_of(child->name) == mode);
	after = held(child);
	/* a disk that ends within a subcluster has a little more behind it when
	 * it has grown; and what is zeros may be left out of a pull */
	slack = stack->sizes[i] % 4096 ? 4096 : 0;
	most = before - cost.freed + slack;
	if (after > most || (push && after + slack < most))
		fprintf(stderr, "%s: %llu, not %llu\n", push ? "push" : "pull",
			(unsigned long long)after, (unsigned long long)most);
	check(after <= most && (!push || after + slack >= most));
	forget(stack, i);
	for (size_t k = 0; k < stack->count; k++)
		whole(stack, k);
	check(census(chain).files == stack->count);
}

static void stack_done(struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		good(layer_remove(chain, stack->names[i], &err));
	check(census(chain).files == 0);
}

static void at_random(unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		struct stack stack;

		stack_make(&stack, 3 + below(MOST - 2), round % 3 == 0);
		while (stack.count > 1)
			merge(&stack, below((uint32_t)stack.count - 1),
			      below(2));
		stack_done(&stack);
	}
}

/* Many layers at once, onto one far below or onto nothing. */
static void consolidating(bool raw)
{
	struct stack stack;

	stack_make(&stack, MOST, raw);
	good(merge_pull(chain, stack.layers + 5, stack.layers + 1, NULL, &err));
	for (size_t i = 4; i >= 2; i--) {
		good(layer_remove(chain, stack.names[i], &err));
		forget(&stack, i);
	}
	whole(&stack, 2);
	good(merge_pull(chain, stack.layers + 2, stack.layers, NULL, &err));
	good(merge_pull(chain, stack.layers + 2, NULL, NULL, &err));
	bad(INTERNAL, "is not below",
	    merge_pull(chain, stack.layers, stack.layers + 1, NULL, &err));
	bad(INTERNAL, "is not below",
	    merge_pull(chain, stack.layers + 2, stack.layers, NULL, &err));
	good(layer_remove(chain, stack.names[1], &err));
	forget(&stack, 1);
	good(layer_remove(chain, stack.names[0], &err));
	forget(&stack, 0);
	whole(&stack, 0);
	stack_done(&stack);
}

/* The figures themselves, where they can be seen at a glance. */
static void costs(void)
{
	char names[2][LAYER_NAME_SIZE];
	struct layer_ref doomed = { names[0], LAYER_QCOW2 };
	struct layer_ref child = { names[1], LAYER_QCOW2 };
	struct merge_cost cost;
	uint64_t stored;

	layer_name_new(LAYER_QCOW2, names[0]);
	layer_name_new(LAYER_QCOW2, names[1]);
	good(layer_create(chain, names[0], NULL, 64 * MIB, &err));
	run("qemu-io", "-f", "qcow2", "-c", "write -q 0 10M", "-c",
	    "write -q 20M 4k", "-c", "write -q -z 30M 1M", path_of(names[0]));
	good(layer_create(chain, names[1], &doomed, 64 * MIB, &err));
	good(merge_cost(chain, &child, &doomed, &cost, &err));
	good(layer_stored(chain, names[1], &stored, &err));
	check(cost.push == 0 && cost.freed == 0);
	check(cost.pull == 10 * MIB + 4096 ||
	      cost.pull == 10 * MIB + 4096 + stored);
	run("qemu-io", "-f", "qcow2", "-c", "write -q 1M 8k", "-c",
	    "write -q -z 2M 64k", "-c", "write -q 9M 2M", "-c",
	    "write -q 30M 4k", "-c", "write -q 19M 3M", path_of(names[1]));
	good(merge_cost(chain, &child, &doomed, &cost, &err));
	check(cost.push == 8192 + 2 * MIB + 4096 + 3 * MIB);
	check(cost.freed == 8192 + 65536 + MIB + 4096);
	good(layer_stored(chain, names[1], &stored, &err));
	check(cost.pull == 10 * MIB + 4096 - cost.freed ||
	      cost.pull == 10 * MIB + 4096 - cost.freed + stored);
	good(layer_remove(chain, names[1], &err));
	good(layer_remove(chain, names[0], &err));
}

/* Zeros over a base's data stay zeros, and take no room. */
static void zeros(void)
{
	char names[3][LAYER_NAME_SIZE];
	struct layer_ref layers[3];

	for (size_t i = 0; i < 3; i++) {
		layer_name_new(LAYER_QCOW2, names[i]);
		layers[i] = (struct layer_ref){ names[i], LAYER_QCOW2 };
		good(layer_create(chain, names[i], i ? layers + i - 1 : NULL,
				  64 * MIB, &err));
		if (i == 0)
			run("qemu-io", "-f", "qcow2", "-c", "write -q 0 40M",
			    path_of(names[i]));
		if (i == 1)
			run("qemu-io", "-f", "qcow2", "-c",
			    "write -q -z 1M 30M", path_of(names[i]));
	}
	good(merge_pull(chain, layers + 2, layers, NULL, &err));
	run("qemu-io", "-f", "qcow2", "-c", "read -q -P 0 1M 30M",
	    path_of(names[2]));
	check(held(layers + 2) == 0);
	for (size_t i = 3; i > 0; i--)
		good(layer_remove(chain, names[i - 1], &err));
}

/* A header may be made to tell the truth again; nothing else changes. */
static void standing(void)
{
	char parent[LAYER_NAME_SIZE];
	struct stack stack;

	stack_make(&stack, 3, true);
	writable(path_of(stack.names[2])); /* as active layers are */
	for (int i = 0; i < 2; i++) {	   /* the second has nothing to do */
		good(layer_stand_on(chain, &stack.layers[2], &stack.layers[0],
				    &err));
		good(layer_parent(chain, stack.names[2], parent, &err));
		check(strcmp(parent, stack.names[0]) == 0);
	}
	good(layer_stand_on(chain, &stack.layers[2], &stack.layers[1], &err));
	whole(&stack, 2);
	stack_done(&stack);
}

/* What is in use, foreign or damaged is refused, and nothing happens. */
static void refusing(void)
{
	struct stack stack;
	enum layer_health health;
	char parent[LAYER_NAME_SIZE];
	bool equal;
	off_t end;
	int fd;

	stack_make(&stack, 3, false);
	fd = reading(path_of(stack.names[1]));
	bad(VOLUME_IN_USE, "open in a process",
	    merge_push(chain, stack.layers + 2, stack.layers + 1, &err));
	close(fd);
	bad(INTERNAL, "does not stand on",
	    merge_push(chain, stack.layers + 2, stack.layers, &err));
	for (size_t i = 0; i < 3; i++)
		whole(&stack, i);
	good(layers_equal(chain, stack.layers, stack.layers, &equal, &err));
	check(equal);
	run("qemu-io", "-f", "qcow2", "-c", "write -q -P 251 1M 4k",
	    writable(path_of(stack.names[2])));
	good(layers_equal(chain, stack.layers + 1, stack.layers + 2, &equal,
			  &err));
	check(!equal);
	bad(INTERNAL, "no layer name",
	    layers_equal(chain, &(struct layer_ref){ "x", LAYER_RAW },
			 stack.layers, &equal, &err));
	/* a refcount that is one too low, then a name that is none */
	check(chmod(path_of(stack.names[0]), 0600) == 0);
	fd = open(path_of(stack.names[0]), O_RDWR | O_CLOEXEC);
	check(fd >= 0 && pwrite(fd, "\0\0", 2, 2 * CLUSTER + 6) == 2);
	good(layer_check(chain, stack.layers, &health, &err));
	check(health == LAYER_CORRUPT);
	check(pwrite(fd, "\0\1", 2, 2 * CLUSTER + 6) == 2);
	end = lseek(fd, 0, SEEK_END) / CLUSTER + 1;
	check(ftruncate(fd, (end + 1) * CLUSTER) == 0);
	check(pwrite(fd, "\0\1", 2, 2 * CLUSTER + 2 * end) == 2);
	good(layer_check(chain, stack.layers, &health, &err));
	check(health == LAYER_LEAKS);
	check(pwrite(fd, "\0\0\0\0\0\0\2\0\0\0\0\10", 12, 8) == 12);
	bad(INTERNAL, "names no layer",
	    layer_parent(chain, stack.names[0], parent, &err));
	check(pwrite(fd, "\377", 1, 16) == 1);
	bad(INTERNAL, "names no layer",
	    layer_parent(chain, stack.names[0], parent, &err));
	check(ftruncate(fd, 10) == 0);
	bad(INTERNAL, "names no layer",
	    layer_parent(chain, stack.names[0], parent, &err));
	close(fd);
	for (size_t i = 3; i > 0; i--)
		good(layer_remove(chain, stack.names[i - 1], &err));
	bad(INTERNAL, "cannot open",
	    layer_parent(chain, stack.names[0], parent, &err));
}

/* Under a running guest a layer is pulled over, and nothing is pushed; the
 * guest goes on with the old files and finds the same bytes at its next start.
 */
static void under_a_guest(void)
{
	struct layer_ref guest = { .format = LAYER_QCOW2 };
	struct stack stack;
	const char *argv[] = { "qemu-io", "-f", "qcow2", NULL, NULL };
	struct process process = { .argv = argv };
	char name[LAYER_NAME_SIZE], said[256] = "";
	struct child child;
	size_t size = 0;
	int in[2];

	stack_make(&stack, 4, false);
	good(layer_freeze(chain, stack.names[3], &err));
	layer_name_new(LAYER_QCOW2, name);
	guest.name = name;
	good(layer_create(chain, name, stack.layers + 3, 64 * MIB, &err));
	argv[3] = path_of(name);
	check(pipe2(in, O_CLOEXEC) == 0);
	process.stdin_fd = in[0];
	good(process_start(&process, &child, &err));
	check(write(in[1], "write -P 99 40M 4k\n", 19) == 19);
	while (!strstr(said, "wrote")) {
		ssize_t more =
			read(child.out, said + size, sizeof(said) - 1 - size);

		check(more > 0);
		size += (size_t)more;
	}
	bad(VOLUME_IN_USE, "open in",
	    merge_push(chain, stack.layers + 3, stack.layers + 2, &err));
	bad(VOLUME_IN_USE, "open in",
	    merge_pull(chain, &guest, stack.layers + 2, NULL, &err));
	good(merge_pull(chain, stack.layers + 3, stack.layers + 1, NULL, &err));
	bad(VOLUME_IN_USE, "open in a process",
	    layer_remove(chain, stack.names[2], &err));
	check(write(in[1], "write -P 98 41M 4k\n", 19) == 19);
	check(close(in[1]) == 0);
	good(process_finish(&child, NULL, &err));
	close(in[0]);
	good(layer_remove(chain, stack.names[2], &err));
	forget(&stack, 2);
	whole(&stack, 2);
	run("qemu-io", "-f", "qcow2", "-c", "read -q -P 99 40M 4k", "-c",
	    "read -q -P 98 41M 4k", path_of(name));
	good(layer_remove(chain, name, &err));
	stack_done(&stack);
}

int main(void)
{
	good(chain_open(in_dir("s,t=o:r\"e/layers"), &chain, &err));
	costs();
	zeros();
	consolidating(true);
	consolidating(false);
	standing();
	refusing();
	under_a_guest();
	at_random(6);
	chain_close(chain);
	return 0;
}
