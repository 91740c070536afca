/* merge.h - shortening chains without changing what any layer shows
 *
 * A layer's content is fixed; its representation may be replaced, by a file
 * that was built beside it, verified and renamed over it (safety 3.3 R3, 3.4
 * C). Each function may be killed at any instant and called again: the header
 * of the child says how far it got. What is left in between is under the
 * child's draft name, which layer_remove() and the next try clean up. A try
 * right after a kill may be FAULT_VOLUME_IN_USE: the tools of the killed one
 * die with it, but a moment later.
 */
#ifndef QAMI_CHAIN_MERGE_H
#define QAMI_CHAIN_MERGE_H

#include "images/chain/chain.h"

/* The parent that a qcow2 layer's header names; "" when it has none. */
bool layer_parent(const struct chain *chain, const char *name,
		  char ret_parent[LAYER_NAME_SIZE], struct error *err)
	must_check;

/* Bytes that the two ways of taking `doomed` out from under its only child
 * would move, and that the merge frees; bytes of data, from the maps. Where a
 * key is not to be had now, both ways are UINT64_MAX, and nothing is freed. */
struct merge_cost {
	uint64_t push;	/* the child's own bytes, written into `doomed`;
			 * UINT64_MAX when that cannot take them: it is raw, or
			 * not encrypted as the child is */
	uint64_t pull;	/* what the child does not cover, copied into a copy of
			 * it; the copy itself counts where the filesystem
			 * cannot share blocks */
	uint64_t freed; /* what `doomed` holds and nobody will see */
};
bool merge_cost(const struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *doomed, struct merge_cost *ret_cost,
		struct error *err) must_check;

/* Pushes what the child holds down into its parent `doomed`, a qcow2 that
 * nothing else stands on and no process has open (FAULT_VOLUME_IN_USE), and
 * renames that over the child's name. Afterwards the child stands on what
 * `doomed` stood on, and `doomed` has no file any more. Mode and size of the
 * child are kept. Both are of one key, or plain. The bytes go through the
 * calling thread's servers: it must live until the end. */
bool merge_push(struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *doomed, struct error *err) must_check;

/* Asked when a layer's new file is whole, before it takes the old one's name;
 * when it fails, nothing is replaced. */
struct merge_gate {
	bool (*pass)(void *data, struct error *err);
	void *data;
};

/* Rebuilds a layer so that it stands on `base` (NULL: on nothing), a layer
 * further down its chain: everything between is copied into it, as far as it
 * is visible. For a merge `base` is the doomed layer's parent; for
 * consolidation it lies many layers below. Processes that have the old file
 * open keep it; one that is about to open it by its name may find itself
 * without the rights that it was given to the old one, so that those are waited
 * for at the gate (NULL: nobody has to be). The layer itself must not be
 * written by anybody. It keeps its key, whatever that of those between is;
 * FAULT_INTERNAL when it is plain and one of them is not. */
bool merge_pull(struct chain *chain, const struct layer_ref *child,
		const struct layer_ref *base, const struct merge_gate *gate,
		struct error *err) must_check;

/* Makes a frozen layer of its own, `name`, of all that a chain shows: a copy of
 * its top (by reflink where the filesystem can) into which the rest is pulled,
 * sound and compared. The top is a qcow2; the new layer has its key, and is
 * known by a row. One that is there already is left. Durable. Whoever dies in
 * it leaves a draft. FAULT_VOLUME_CAPACITY when the disk fills, and nothing is
 * left behind. The layers below must stay as they are meanwhile. */
bool layer_flatten(struct chain *chain, const struct layer_ref *top,
		   const char *name, struct error *err) must_check;

/* Writes into a layer's header that it stands on `parent`; nothing is copied.
 * For one whose header says otherwise, while its bytes belong there: QEMU
 * ended in the middle of shortening its chain. FAULT_INTERNAL when a process
 * has it open for writing. */
bool layer_stand_on(struct chain *chain, const struct layer_ref *layer,
		    const struct layer_ref *parent, struct error *err)
	must_check;

/* Whether two layers show the same bytes (qemu-img compare); a different size
 * is a difference unless what is beyond reads as zeros. */
bool layers_equal(const struct chain *chain, const struct layer_ref *left,
		  const struct layer_ref *right, bool *ret_equal,
		  struct error *err) must_check;

/* What `qemu-img check` says of one layer; a raw one is sound. */
enum layer_health { LAYER_SOUND, LAYER_LEAKS, LAYER_CORRUPT };
bool layer_check(const struct chain *chain, const struct layer_ref *layer,
		 enum layer_health *ret_health, struct error *err) must_check;

#endif
