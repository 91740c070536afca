/* pull.c - copying what a layer shows from below into it
 *
 * `qemu-img rebase` does so as well, but it reads and compares all that both
 * chains show, and of an encrypted chain it wants a description of the base
 * that does not fit into a header. Here exactly what the maps tell to lie in
 * between moves. The header names the base before anything was copied, which
 * harms nobody: the file is a draft, and whoever dies leaves the child as it
 * was.
 */
#include "images/chain/pull.h"

#include <string.h>

#include "images/base/auto.h"
#include "images/chain/blocks-private.h"
#include "images/chain/chain-private.h"
#include "images/chain/head.h"
#include "images/chain/merge.h"
#include "images/chain/mover.h"
#include "images/chain/qemu.h"
#include "images/chain/extents.h"

bool pull_header(const struct chain *chain, const char *file,
		 const struct layer_ref *base, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node = qemu_node_alone(chain, file, &keys, err);
	const char *argv[] = { "qemu-img",
			       "rebase",
			       "-q",
			       "-u",
			       "-t",
			       "writethrough",
			       "-b",
			       base ? base->name : "",
			       node,
			       NULL,
			       NULL,
			       NULL };

	if (base) {
		argv[8] = "-F";
		argv[9] = layer_format_name(base->format);
		argv[10] = node;
	}
	return node && qemu_img(argv, &keys, file, 0, NULL, err);
}

/* What must be copied: all that lies in between and the child does not cover.
 */
static bool find_between(const struct chain *chain,
			 const struct layer_ref *child,
			 const struct layer_ref *base,
			 struct extents *ret_extents, struct error *err)
{
	auto_extents own = { NULL, 0, 0 };
	auto_extents below = { NULL, 0, 0 };
	char parent[LAYER_NAME_SIZE];

	return layer_parent(chain, child->name, parent, err) &&
	       layer_map(chain, child, extents_add, &own, err) &&
	       extents_above(chain, parent, base ? base->name : NULL, &below,
			     err) &&
	       extents_open(&below, &own, ret_extents, err);
}

/* A plain child takes in nothing that was encrypted. */
static bool check_keys(const struct chain *chain, const struct layer_ref *child,
		       const struct layer_ref *base, struct error *err)
{
	char at[LAYER_NAME_SIZE];
	bool encrypted;

	if (!layer_encrypted(chain, child->name, &encrypted, err))
		return false;
	if (encrypted)
		return true;
	if (!layer_parent(chain, child->name, at, err))
		return false;
	while (at[0] && !(base && strcmp(at, base->name) == 0)) {
		if (!layer_encrypted(chain, at, &encrypted, err))
			return false;
		if (encrypted)
			return fail(err, FAULT_INTERNAL,
				    "%s is not encrypted, and %s below it is",
				    child->name, at);
		if (!layer_parent(chain, at, at, err))
			return false;
	}
	return true;
}

/* Opens the draft; what is zeros becomes zeros, and takes no room. */
static bool open_draft(const struct chain *chain, const char *draft,
		       struct disk **ret_disk, struct error *err)
{
	auto_keys keys = KEYS_INIT;
	auto_free char *node = qemu_node(chain, draft, LAYER_QCOW2, &keys, err);
	const char *const argv[] = { DISK_SERVER, "--discard=unmap",
				     "--detect-zeroes=unmap", node, NULL };

	return node && disk_serve(draft, argv, &keys, ret_disk, err);
}

bool pull_up(const struct chain *chain, const char *draft,
	     const struct layer_ref *child, const struct layer_ref *base,
	     struct error *err)
{
	auto_extents extents = { NULL, 0, 0 };
	auto_of(disk) from = NULL;
	auto_of(disk) to = NULL;
	auto_of(mover) mover = NULL;

	if (!check_keys(chain, child, base, err) ||
	    !find_between(chain, child, base, &extents, err) ||
	    !pull_header(chain, draft, base, err))
		return false;
	if (!extents.count)
		return true;
	if (!disk_open(chain, child, &from, err) ||
	    !open_draft(chain, draft, &to, err) ||
	    !mover_new(from, to, &mover, err))
		return false;
	for (size_t i = 0; i < extents.count; i++)
		if (!mover_add(mover, extents.all + i, err))
			return false;
	return mover_flush(mover, err);
}
