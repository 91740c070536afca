/* block.h - the blocks of completed snapshots: EBS direct's reading half
 *
 * What a snapshot holds is said by its layers' tables, in which blocks two
 * snapshots differ by the digest lists of their layers: exactly, so that a
 * block that was rewritten with the same bytes is no difference. Until those
 * lists are made, what the layers that the two do not share hold is listed, and
 * the listing says so; and where a block stands under two keys, its digests
 * differ.
 *
 * Who may use the snapshot may read it. A block is read by a token that a
 * listing gave to the same account, for seven days; blocks that hold nothing
 * have none.
 */
#ifndef QAMI_IMAGES_BLOCK_H
#define QAMI_IMAGES_BLOCK_H

#include "images/blockmap.h"
#include "images/chain/blocks.h"
#include "images/registry/snapshot.h"
#include "images/seal.h"
#include "images/store.h"

struct block_listing {
	const char *first; /* NULL: all of `second`; else what differs */
	const char *second;
	uint64_t start; /* the first block of interest */
	size_t most;	/* blocks in the answer; 0: no limit */

	/* answered */
	int64_t size;	/* GiB */
	usec_t expires; /* the tokens */
	bool exact;	/* false: only the layers' tables could be asked, or
			 * digests under several keys; some may be equal */
	uint64_t next;	/* where to go on; BLOCK_NONE: that was all */
};

/* A block with its tokens; NULL where a snapshot holds nothing there. */
typedef void block_fn(void *data, uint64_t block, const char *first_token,
		      const char *second_token);

/* Calls `found` for each block, in ascending order. Snapshots that are not
 * completed are FAULT_EBS_SNAPSHOT_ID, two that have no layer and no volume in
 * common FAULT_EBS_UNRELATED. */
bool block_list(struct call *call, struct block_listing *listing,
		block_fn *found, void *data, struct error *err) must_check;

/* Reads a block into BLOCK_SIZE bytes. FAULT_EBS_BLOCK_TOKEN for a token that
 * was not made for this account, snapshot and block, or has expired. */
bool block_read(struct call *call, const char *snapshot, uint64_t block,
		const char *token, void *ret_data, struct error *err)
	must_check;

/* How many blocks a snapshot of so many GiB has. */
uint64_t block_count(int64_t size);

/* The layers of a snapshot, which the caller may use and which is completed,
 * as the chain knows them, top first; in the arena. Pin them (images/turn.h)
 * from before this until their files were read. */
bool block_layers(struct call *call, const char *id, struct arena *arena,
		  struct snapshot *ret_snapshot,
		  const struct layer_ref **ret_layers, size_t *ret_count,
		  struct error *err) must_check;

/* Says what encrypt_plan() and encrypt_may_open() failed with in EBS direct's
 * words; false. */
bool block_fail_key(struct error *err);

#endif
