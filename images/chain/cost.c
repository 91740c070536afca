/* cost.c - what taking a layer out of a chain would move, and what it frees
 *
 * Both maps are walked side by side; only the child's, usually the smaller, is
 * held in memory.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "images/base/auto.h"
#include "images/chain/chain-private.h"
#include "images/chain/map.h"
#include "images/chain/merge.h"

#define SHARED_PROBE (64U << 10) /* whole blocks of any filesystem */

struct cover {
	struct extent *extents; /* the child's */
	size_t count, room;
	size_t at; /* those before it end before what comes next */
	struct merge_cost cost;
};

static void cover_done(struct cover *cover)
{
	free(cover->extents);
}

static bool keep_extent(void *data, const struct extent *extent,
			struct error *err)
{
	struct cover *cover = data;
	struct extent *more;

	if (cover->count == cover->room) {
		cover->room = cover->room ? 2 * cover->room : 64;
		more = realloc(cover->extents, cover->room * sizeof(*more));
		if (!more)
			return fail_memory(err);
		cover->extents = more;
	}
	cover->extents[cover->count++] = *extent;
	if (!extent->zero)
		cover->cost.push += extent->length;
	return true;
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
	for (size_t i = cover->at; i < cover->count; i++) {
		const struct extent *over = cover->extents + i;
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

bool merge_cost(const struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *doomed, struct merge_cost *ret_cost,
		struct error *err)
{
	__attribute__((cleanup(cover_done))) struct cover cover = { 0 };
	struct stat st;
	auto_close int fd = layer_open(chain, child->name, &st, err);

	if (fd < 0 || !layer_map(chain, child, keep_extent, &cover, err) ||
	    !layer_map(chain, doomed, weigh, &cover, err))
		return false;
	if (!can_share(chain, fd))
		cover.cost.pull += (uint64_t)st.st_blocks * 512;
	if (doomed->format == LAYER_RAW)
		cover.cost.push = UINT64_MAX;
	*ret_cost = cover.cost;
	return true;
}
