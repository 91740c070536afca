/* digests.h - digest lists: what each block of a frozen layer contains
 *
 * The list of a layer, digests/<layer's name>, has a SHA-256 for each 512 KiB
 * block in which the layer holds anything, of the whole block as a guest reads
 * it there (zeros behind the disk's end); for all others the list of its parent
 * holds. Of an encrypted layer it is the HMAC-SHA-256 under its key, so that
 * nobody without it can tell a content that he guesses; blocks of one content
 * under two keys differ. list.h has the file's format. Lists answer exactly
 * which blocks two snapshots differ in, and whether a file still says what it
 * said when it was frozen. They are written whole or not at all.
 */
#ifndef QAMI_CHAIN_DIGESTS_H
#define QAMI_CHAIN_DIGESTS_H

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "images/chain/blocks.h"
#include "images/chain/chain.h"

#define BLOCK_DIGEST_SIZE 32

/* The digest of a block of zeros, under every key: that a block is zeros the
 * tables tell as well. */
extern const uint8_t digest_of_zeros[BLOCK_DIGEST_SIZE];

/* Makes the list of a frozen layer; one that is there is left. The calling
 * thread must live until the end. FAULT_VOLUME_CAPACITY when the disk is full.
 * One process at a time makes, merges or removes one layer's. */
bool digests_make(struct chain *chain, const struct layer_ref *layer,
		  struct error *err) must_check;
bool digests_exist(const struct chain *chain, const char *layer);

/* A list in the making, of what a layer was meant to hold: so that what was
 * written wrongly is found. The layer has `size` bytes and holds the blocks
 * that are added, ascending, and nothing else; the secret is its key's, "" of a
 * plain one. The list is written, when the layer is whole, by digests_end(). */
struct digests_maker;
struct digests_maker *digests_begin(uint64_t size,
				    const struct layer_secret *secret);
void digests_maker_free(struct digests_maker *maker);
AUTO_DEFINE(digests_maker, digests_maker_free)
bool digests_add(struct digests_maker *maker, uint64_t block,
		 const uint8_t *data, struct error *err) must_check;
bool digests_end(const struct chain *chain, struct digests_maker *maker,
		 const char *layer, struct error *err) must_check;

/* Calls `found` with the name of each layer that has a list, or a draft of
 * one. */
bool digests_each(struct chain *chain,
		  void (*found)(void *data, const char *layer), void *data,
		  struct error *err) must_check;

/* One that is not there is no error. */
bool digests_remove(struct chain *chain, const char *layer, struct error *err)
	must_check;

/* After `gone` was merged into `child`: its digests, where the child has none,
 * are the child's now. Idempotent; drops the child's list where `gone` has
 * none, or one of another key. */
bool digests_merge(struct chain *chain, const char *child, const char *gone,
		   struct error *err) must_check;

/* The digests of all blocks of a chain, top layer first. *ret_digests is NULL
 * (and no error) when a layer of it has no list yet. */
struct digests;
bool digests_load(const struct chain *chain, const struct layer_ref *layers,
		  size_t count, struct digests **ret_digests, struct error *err)
	must_check;
void digests_free(struct digests *digests);
AUTO_DEFINE(digests, digests_free)

/* Whether all these (NULL: none) were made by one key, or without: if not,
 * equal blocks may have different digests. */
bool digests_comparable(const struct digests *const *all, size_t count);

/* The digest of a block; NULL where nothing was ever written (zeros). */
const uint8_t *digests_get(const struct digests *digests, uint64_t block);

/* Takes along the keys of the layers that were loaded, while these are there,
 * for digests_check(). */
bool digests_take_keys(const struct chain *chain, struct digests *digests,
		       struct error *err) must_check;

/* Whether a block, of BLOCK_SIZE bytes, is what its digest says. */
bool digests_check(const struct digests *digests, uint64_t block,
		   const uint8_t *data);

/* The first block from `block` on that has a digest; UINT64_MAX: none. */
uint64_t digests_next(const struct digests *digests, uint64_t block);

/* Reads a frozen layer again, from block *block on, until all is read (then
 * *block is UINT64_MAX) or the time `until` of clock_monotonic() (0: none) has
 * come, and compares with its own list. Blocks that differ, or that the layer
 * holds and the list does not know, go to `bad`. FAULT_INTERNAL when there is
 * no list or it is damaged. */
bool digests_verify(struct chain *chain, const struct layer_ref *layer,
		    usec_t until, uint64_t *block,
		    void (*bad)(void *data, uint64_t block), void *data,
		    struct error *err) must_check;

#endif
