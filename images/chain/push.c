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

#define PIECE (4U << 20)

struct push {
	struct disk *from;
	struct disk *to;
	uint8_t *buffer; /* PIECE bytes */
};

static bool push_extent(void *data, const struct extent *extent,
			struct error *err)
{
	const struct push *push = data;
	uint64_t offset = extent->offset, rest = extent->length;

	if (extent->zero)
		return disk_zero(push->to, rest, offset, err);
	while (rest) {
		size_t piece = rest < PIECE ? (size_t)rest : PIECE;

		if (!disk_read(push->from, push->buffer, piece, offset, err) ||
		    !disk_write(push->to, push->buffer, piece, offset, err))
			return false;
		offset += piece;
		rest -= piece;
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
	auto_free uint8_t *buffer = malloc(PIECE);
	struct push push;

	if (!buffer)
		return fail_memory(err);
	if (!grow(chain, child, doomed, err) ||
	    !open_alone(chain, child, &from, err) ||
	    !open_below(chain, doomed, &to, err))
		return false;
	push = (struct push){ from, to, buffer };
	return layer_map(chain, child, push_extent, &push, err) &&
	       disk_flush(to, err);
}
