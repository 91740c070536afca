/* push.c - writing what a layer holds into its parent
 *
 * `qemu-img commit` does so as well, but in grains of 64 KiB: for 4 KiB that a
 * guest wrote it copies sixteen times as much, most of it from further below,
 * and the parent then holds more than the two held together. Here exactly the
 * extents of the child's map move. The child is opened without what is below
 * it, because its parent is being written meanwhile.
 */
#include "images/chain/push.h"

#include "images/base/auto.h"
#include "images/chain/blocks-private.h"
#include "images/chain/chain-private.h"
#include "images/chain/empty.h"
#include "images/chain/map.h"
#include "images/chain/mover.h"
#include "images/chain/qemu.h"

/* Opens a layer as if it stood on nothing. */
static bool open_alone(const struct chain *chain, const struct layer_ref *layer,
		       struct disk **ret_disk, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node = qemu_node_alone(chain, layer->name, &keys, err);
	const char *const argv[] = { DISK_SERVER, "--read-only", node, NULL };

	return node && disk_serve(layer->name, argv, &keys, ret_disk, err);
}

/* Opens a layer for exactly what is written to it. */
static bool open_below(const struct chain *chain, const struct layer_ref *layer,
		       struct disk **ret_disk, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node =
		qemu_node(chain, layer->name, LAYER_QCOW2, &keys, err);
	const char *const argv[] = { DISK_SERVER, "--discard=unmap", node,
				     NULL };

	return node && disk_serve(layer->name, argv, &keys, ret_disk, err);
}

static bool grow(const struct chain *chain, const struct layer_ref *child,
		 const struct layer_ref *doomed, struct error *err)
{
	uint64_t wanted, is;

	if (!layer_size_read(chain->fd, child, &wanted, err) ||
	    !layer_size_read(chain->fd, doomed, &is, err))
		return false;
	if (is > wanted)
		return fail(err, FAULT_INTERNAL,
			    "%s is larger than %s, which stands on it",
			    doomed->name, child->name);
	return is == wanted || qemu_resize(chain, doomed->name, wanted, err);
}

bool push_down(const struct chain *chain, const struct layer_ref *child,
	       const struct layer_ref *doomed, struct error *err)
{
	auto_of(disk) from = NULL;
	auto_of(disk) to = NULL;
	auto_of(mover) mover = NULL;

	return grow(chain, child, doomed, err) &&
	       open_alone(chain, child, &from, err) &&
	       open_below(chain, doomed, &to, err) &&
	       mover_new(from, to, &mover, err) &&
	       layer_map(chain, child, mover_add, mover, err) &&
	       mover_flush(mover, err);
}
