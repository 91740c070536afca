/* bench-volume.c - what first touch costs, and second touch
 *
 * The same reads twice, each time by a server of its own, through the chain
 * that a guest's QEMU would have: what was fetched or cached by the first pass
 * is what makes the second one faster.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/authorise.h"
#include "images/chain/blocks.h"
#include "images/registry/layer.h"
#include "images/turn.h"
#include "images/volume.h"
#include "launcher/action/action.h"

#define BLOCK_KIB 512
#define BLOCK_KIB_MOST 4096
#define SIZE_MIB 64
#define MIB (1 << 20)

/* What is read: `count` blocks, in that order. */
struct plan {
	size_t block; /* bytes */
	size_t count;
	uint64_t *offsets;
	usec_t *took;
	uint8_t *data;
};

struct figures {
	double mean, median, worst; /* milliseconds a read */
	double rate;		    /* MiB/s */
};

static int by_time(const void *left, const void *right)
{
	const usec_t a = *(const usec_t *)left, b = *(const usec_t *)right;

	return (a > b) - (a < b);
}

static void count_figures(struct plan *plan, struct figures *ret_figures)
{
	size_t middle = plan->count / 2;
	usec_t total = 1;

	for (size_t i = 0; i < plan->count; i++)
		total += plan->took[i];
	qsort(plan->took, plan->count, sizeof(*plan->took), by_time);
	*ret_figures = (struct figures){
		.mean = (double)total / 1000 / (double)plan->count,
		.median = (double)plan->took[middle] / 1000,
		.worst = (double)plan->took[plan->count - 1] / 1000,
		.rate = (double)(plan->block * plan->count) / MIB *
			USEC_PER_SEC / (double)total,
	};
}

static bool read_all(struct call *call, const struct layer_ref *layer,
		     struct plan *plan, struct figures *ret_figures,
		     struct error *err)
{
	auto_of(disk) disk = NULL;
	auto_turn pin = TURN_INIT;

	if (!turn_pin(call, &pin, err) ||
	    !disk_open(call->store->chain, layer, &disk, err))
		return false;
	turn_done(&pin);
	for (size_t i = 0; i < plan->count; i++) {
		usec_t begin = clock_monotonic();

		if (!disk_read(disk, plan->data, plan->block, plan->offsets[i],
			       err))
			return false;
		plan->took[i] = clock_monotonic() - begin;
	}
	count_figures(plan, ret_figures);
	return true;
}

/* The volume's first blocks, or as many of all in no order: each once, the same
 * each time. */
static bool make_plan(const struct args *args, const struct volume *volume,
		      struct arena *arena, struct plan *ret_plan,
		      struct error *err)
{
	int64_t block = args_int(args, "BlockSize", BLOCK_KIB) << 10;
	int64_t bytes = args_int(args, "Size", SIZE_MIB) * MIB;
	uint64_t blocks = (uint64_t)volume->size * GIB / (uint64_t)block;
	uint64_t step = 1;
	struct plan plan = { .block = (size_t)block };

	plan.count = (size_t)(bytes / block);
	if (plan.count > blocks)
		plan.count = (size_t)blocks;
	if (!plan.count)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "at least one block is to be read");
	plan.offsets = arena_alloc(arena, plan.count * sizeof(*plan.offsets));
	plan.took = arena_alloc(arena, plan.count * sizeof(*plan.took));
	plan.data = arena_alloc(arena, plan.block);
	if (!plan.offsets || !plan.took || !plan.data)
		return fail_memory(err);
	/* a prime that divides no number of blocks there can be */
	if (args_bool(args, "Random", false))
		step = 2147483647;
	for (size_t i = 0; i < plan.count; i++)
		plan.offsets[i] = i * step % blocks * (uint64_t)block;
	*ret_plan = plan;
	return true;
}

/* Whether nobody has it: what its guest reads would be measured, too. */
static bool check_idle(struct call *call, const struct volume *volume,
		       struct arena *arena, struct error *err)
{
	const struct attachment *attachments;
	size_t count;

	if (!attachment_of(call->store->db, NULL, volume->id, arena,
			   &attachments, &count, err))
		return false;
	return !count || fail(err, FAULT_VOLUME_IN_USE,
			      "Volume %s is currently attached to %s",
			      volume->id, attachments->instance);
}

static void say(struct buf *text, const char *touch,
		const struct figures *figures)
{
	buf_printf(text, "\n%-8s%10.1f%12.3f%12.3f%12.3f", touch, figures->rate,
		   figures->mean, figures->median, figures->worst);
}

static void list(struct node *passes, const char *touch,
		 const struct figures *figures)
{
	struct node *item = node_item(passes);

	node_str(item, "Touch", NULL, touch);
	node_double(item, "MiBPerSecond", NULL, figures->rate);
	node_double(item, "MeanMs", NULL, figures->mean);
	node_double(item, "MedianMs", NULL, figures->median);
	node_double(item, "WorstMs", NULL, figures->worst);
}

/* What people read comes first; the members after it are for programs. */
static void answer(struct reply *reply, const struct plan *plan, bool random,
		   const struct figures *figures)
{
	static const char *const touches[] = { "first", "second" };
	auto_buf text = BUF_INIT;
	struct node *passes;

	buf_printf(&text, "%zu %s reads of %zu KiB\n", plan->count,
		   random ? "random" : "sequential", plan->block >> 10);
	buf_printf(&text, "%-8s%10s%12s%12s%12s", "touch", "MiB/s", "mean ms",
		   "median ms", "worst ms");
	for (unsigned i = 0; i < 2; i++)
		say(&text, touches[i], &figures[i]);
	node_str(reply->root, "Text", NULL, buf_text(&text));
	node_int(reply->root, "Reads", NULL, (int64_t)plan->count);
	node_int(reply->root, "BlockKiB", NULL, (int64_t)(plan->block >> 10));
	node_bool(reply->root, "Random", NULL, random);
	passes = node_list(reply->root, "Passes", NULL);
	for (unsigned i = 0; i < 2; i++)
		list(passes, touches[i], &figures[i]);
	reply->raw_text = true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "Volume", "");
	struct figures figures[2];
	auto_turn turn = TURN_INIT;
	struct layer_ref layer;
	struct volume volume;
	struct plan plan = { .count = 0 };

	if (!arena)
		return fail_memory(err);
	if (!authorise_volume(call, RIGHT_OWN, id, arena, &volume, err) ||
	    !make_plan(args, &volume, arena, &plan, err) ||
	    !turn_take(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !authorise_volume(call, RIGHT_OWN, id, arena, &volume, err) ||
	    !check_idle(call, &volume, arena, err))
		return false;
	layer = (struct layer_ref){ volume.layer, LAYER_QCOW2 };
	for (unsigned i = 0; i < 2; i++)
		if (!read_all(call, &layer, &plan, &figures[i], err))
			return false;
	answer(reply, &plan, args_bool(args, "Random", false), figures);
	return true;
}

static bool check(const struct args *args, struct error *err)
{
	int64_t block = args_int(args, "BlockSize", BLOCK_KIB);
	int64_t size = args_int(args, "Size", SIZE_MIB);

	if (block < 4 || block > BLOCK_KIB_MOST || (block & (block - 1)) != 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a block has 4 to %d KiB, a power of two",
			    BLOCK_KIB_MOST);
	return (size >= 1 && size <= 65536) ||
	       fail(err, FAULT_INVALID_PARAMETER, "1 to 65536 MiB can be read");
}

static bool bench(struct call *call, const struct args *args,
		  struct reply *reply, struct error *err)
{
	return check(args, err) && run(call, args, reply, err);
}

const struct action verb_bench_volume = {
	.name = "bench-volume",
	.brief = "measure first touch of a volume against second touch",
	.about = "Reads blocks of a volume that is not attached, by the way "
		 "that a guest's reads would take, and the same blocks once "
		 "more: how long a read takes and how many MiB a second come. "
		 "Of a volume whose snapshot is still fetched from the archive "
		 "the first touch fetches; otherwise it is the host's cache "
		 "that makes the difference. Nothing is written.",
	.params = (const struct param[]) {
		{ "Volume", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "vol",
		  "volume: id, name or beginning of an id" },
		{ "BlockSize", PARAM_INTEGER, 0, NULL,
		  "KiB of a read, a power of two; 512 by default" },
		{ "Size", PARAM_INTEGER, 0, NULL,
		  "MiB to read in all; 64 by default" },
		{ "Random", PARAM_BOOLEAN, 0, NULL,
		  "all over the volume instead of from its beginning" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_VOLUME_IN_USE, FAULT_INVALID_PARAMETER, FAULT_NONE },
	.example = "qami bench-volume vol-0123456789abcdef0 --random",
	.local = true,
	.run = bench,
};
