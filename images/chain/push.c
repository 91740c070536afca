/* push.c - writing what a layer holds into its parent
 *
 * `qemu-img commit` does so as well, but in grains of 64 KiB: for 4 KiB that a
 * guest wrote it copies sixteen times as much, most of it from further below,
 * and the parent then holds more than the two held together. Here exactly the
 * extents of the child's map move. The child is opened without what is below
 * it, because its parent is being written meanwhile.
 */
#include "images/chain/push.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/chain/blocks-private.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/map.h"
#include "images/chain/qemu.h"

#define ROOM (8U << 20) /* bytes that are under way at once … */
#define PARTS_MOST 1024 /* … in so many parts */
#define ZEROS_MOST (1U << 30)

struct push {
	struct disk *from;
	struct disk *to;
	uint8_t *buffer;	       /* ROOM bytes */
	size_t used;		       /* of it */
	struct part parts[PARTS_MOST]; /* data first, zeros from the end */
	size_t data_count;
	size_t zero_count;
};

/* Moves what has gathered. */
static bool move(struct push *push, struct error *err)
{
	struct part *zeros = push->parts + PARTS_MOST - push->zero_count;

	if (!disk_read_parts(push->from, push->parts, push->data_count, err) ||
	    !disk_write_parts(push->to, push->parts, push->data_count, err) ||
	    !disk_write_parts(push->to, zeros, push->zero_count, err))
		return false;
	push->used = push->data_count = push->zero_count = 0;
	return true;
}

/* Adds a piece, as much as there is room for; returns its size. */
static uint64_t gather(struct push *push, uint64_t offset, uint64_t size,
		       bool zero)
{
	struct part *part;

	if (zero) {
		part = push->parts + PARTS_MOST - ++push->zero_count;
		if (size > ZEROS_MOST)
			size = ZEROS_MOST;
		*part = (struct part){ offset, size, NULL, 0 };
		return size;
	}
	part = push->parts + push->data_count++;
	if (size > ROOM - push->used)
		size = ROOM - push->used;
	*part = (struct part){ offset, size, push->buffer + push->used, 0 };
	push->used += size;
	return size;
}

static bool push_extent(void *data, const struct extent *extent,
			struct error *err)
{
	uint64_t offset = extent->offset, rest = extent->length;
	struct push *push = data;

	while (rest) {
		uint64_t size = gather(push, offset, rest, extent->zero);

		offset += size;
		rest -= size;
		if ((push->used == ROOM ||
		     push->data_count + push->zero_count == PARTS_MOST) &&
		    !move(push, err))
			return false;
	}
	return true;
}

/* Opens a layer as if it stood on nothing. */
static bool open_alone(const struct chain *chain, const struct layer_ref *layer,
		       struct disk **ret_disk, struct error *err)
{
	auto_free char *path = layer_path(chain, layer->name);
	json_t *node = json_pack("{s:s, s:n, s:{s:s, s:s}}", "driver", "qcow2",
				 "backing", "file", "driver", "file",
				 "filename", path ? path : "");
	auto_free char *text = node ? json_dumps(node, JSON_COMPACT) : NULL;
	auto_free char *name = text ? format_text("json:%s", text) : NULL;
	const char *const argv[] = { DISK_SERVER, "--read-only", name, NULL };

	json_decref(node);
	if (!path || !name)
		return fail_memory(err);
	return disk_serve(layer->name, argv, ret_disk, err);
}

/* Opens a layer for exactly what is written to it. */
static bool open_below(const struct chain *chain, const struct layer_ref *layer,
		       struct disk **ret_disk, struct error *err)
{
	auto_free char *node = qemu_node(chain, layer);
	const char *const argv[] = { DISK_SERVER, "--discard=unmap",
				     "--image-opts", node, NULL };

	return node ? disk_serve(layer->name, argv, ret_disk, err) :
		      fail_memory(err);
}

static bool grow(const struct chain *chain, const struct layer_ref *child,
		 const struct layer_ref *doomed, struct error *err)
{
	auto_free char *node = qemu_node(chain, doomed);
	char size[32];
	const char *const argv[] = { "qemu-img", "resize", "-q", "--image-opts",
				     node,	 size,	   NULL };
	uint64_t wanted, is;

	if (!node)
		return fail_memory(err);
	if (!layer_size_read(chain->fd, child, &wanted, err) ||
	    !layer_size_read(chain->fd, doomed, &is, err))
		return false;
	snprintf(size, sizeof(size), "%" PRIu64, wanted);
	if (is > wanted)
		return fail(err, FAULT_INTERNAL,
			    "%s is larger than %s, which stands on it",
			    doomed->name, child->name);
	return is == wanted || qemu_img(argv, doomed->name, 0, NULL, err);
}

bool push_down(const struct chain *chain, const struct layer_ref *child,
	       const struct layer_ref *doomed, struct error *err)
{
	auto_of(disk) from = NULL;
	auto_of(disk) to = NULL;
	auto_free uint8_t *buffer = malloc(ROOM);
	auto_free struct push *push = calloc(1, sizeof(*push));

	if (!buffer || !push)
		return fail_memory(err);
	if (!grow(chain, child, doomed, err) ||
	    !open_alone(chain, child, &from, err) ||
	    !open_below(chain, doomed, &to, err))
		return false;
	push->from = from;
	push->to = to;
	push->buffer = buffer;
	return layer_map(chain, child, push_extent, push, err) &&
	       move(push, err) && disk_flush(to, err);
}
