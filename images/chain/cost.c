/* cost.c - what taking a layer out of a chain would move, and what it frees
 *
 * Both maps are walked side by side; only the child's, usually the smaller, is
 * held in memory.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/base/log.h"
#include "images/chain/chain-private.h"
#include "images/chain/merge.h"
#include "images/chain/extents.h"

#define SHARED_PROBE (64U << 10) /* whole blocks of any filesystem */

struct cover {
	struct extents own; /* the child's */
	size_t at;	    /* those before it end before what comes next */
	struct merge_cost cost;
};

static void cover_done(struct cover *cover)
{
	extents_done(&cover->own);
}

/* An extent of the doomed layer: what the child covers of it goes. */
static bool weigh(void *data, const struct extent *extent, struct error *err)
{
	const uint64_t end = extent->offset + extent->length;
	struct cover *cover = data;
	uint64_t covered = 0;

	(void)err;
	if (extent->zero)
		return true;
	for (size_t i = cover->at; i < cover->own.count; i++) {
		const struct extent *over = cover->own.all + i;
		uint64_t over_end = over->offset + over->length;
		uint64_t from = over->offset, to = over_end;

		if (over_end <= extent->offset) {
			cover->at = i + 1;
			continue;
		}
		if (from >= end)
			break;
		if (from < extent->offset)
			from = extent->offset;
		if (to > end)
			to = end;
		covered += to - from;
	}
	cover->cost.freed += covered;
	cover->cost.pull += extent->length - covered;
	return true;
}

/* Whether the filesystem copies a file by sharing its blocks. */
static bool can_share(const struct chain *chain, int fd)
{
	auto_close int probe =
		openat(chain->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct file_clone_range range = {
		.src_fd = fd,
		.src_length = SHARED_PROBE,
	};

	return probe >= 0 && ioctl(probe, FICLONERANGE, &range) == 0;
}

/* Whether the child can be pushed down; no way is possible while a key is not
 * to be had, and others go on meanwhile. */
static void bar(const struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *doomed, struct merge_cost *cost)
{
	struct error why = { FAULT_NONE };
	bool shared = false;

	if (!secret_shared(chain, child->name, doomed->name, &shared, &why)) {
		log_info("%s: %s", child->name, why.text);
		cost->pull = UINT64_MAX;
		cost->freed = 0;
	}
	if (!shared || doomed->format == LAYER_RAW)
		cost->push = UINT64_MAX;
}

bool merge_cost(const struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *doomed, struct merge_cost *ret_cost,
		struct error *err)
{
	__attribute__((cleanup(cover_done))) struct cover cover = { .at = 0 };
	struct stat st;
	auto_close int fd = layer_open(chain, child->name, &st, err);

	if (fd < 0 || !layer_map(chain, child, extents_add, &cover.own, err) ||
	    !layer_map(chain, doomed, weigh, &cover, err))
		return false;
	for (size_t i = 0; i < cover.own.count; i++)
		if (!cover.own.all[i].zero)
			cover.cost.push += cover.own.all[i].length;
	if (!can_share(chain, fd))
		cover.cost.pull += (uint64_t)st.st_blocks * 512;
	bar(chain, child, doomed, &cover.cost);
	*ret_cost = cover.cost;
	return true;
}
