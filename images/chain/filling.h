/* filling.h - layers whose bytes are still being fetched
 *
 * A frozen layer that stands in a cold place (an archive, a bucket, another
 * region) may be stood on before its bytes are here. Until they all are, its
 * file is called "filling-<layer>", and no file has the layer's own name:
 * whatever opens a layer, ours or QEMU's, by a name or through a header that
 * names it, finds none, so that what was not fetched can never be taken for
 * zeros. This room looks at the other name in two places only: the header (how
 * large is it, is it encrypted), and where a tool is told what to open: that
 * reads the layer from the socket of the process that fills it, which answers
 * with what is right or not at all. When all is there and durable, the file is
 * renamed to the layer's own name: from that instant on it is a layer like any
 * other.
 */
#ifndef QAMI_CHAIN_FILLING_H
#define QAMI_CHAIN_FILLING_H

#include "images/chain/blocks.h"
#include "images/chain/chain.h"

/* So long a reader waits for a filling process that has died and is being
 * started again. */
#define FILLING_RECONNECT_SECONDS 600

/* Makes the file of a layer that is to be filled, empty and of that size, and
 * encrypted by `secret` unless that is NULL or ""; durable. One that is there,
 * or whose layer is, is left alone. */
bool filling_create(struct chain *chain, const char *name, uint64_t size,
		    const struct layer_secret *secret, struct error *err)
	must_check;

/* The same of a layer's file that is there already, active, and written by
 * nobody: what it holds is not believed any more. What it stands on stays
 * below. One that is filled already stays. */
bool filling_adopt(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Whether a layer is one that is still being filled. */
bool layer_fills(const struct chain *chain, const char *name);

/* Notes, durably, which blocks of BLOCK_SIZE the layer will hold, a bit for
 * each, the lowest first: all others were proven to be zeros, or what it stands
 * on. What maps a layer
 * (map.h) knows it by that; without, it may hold anything anywhere. */
bool filling_set_held(struct chain *chain, const char *name,
		      const uint8_t *bits, size_t size, struct error *err)
	must_check;

/* The same for who reads it; *ret_bits is NULL when nothing (of use) was noted.
 * Caller frees. */
bool filling_held(const struct chain *chain, const char *name, size_t size,
		  uint8_t **ret_bits, struct error *err) must_check;

/* Removes what was noted beside a layer that is filled, or gone. */
bool filling_forget(const struct chain *chain, const char *name,
		    struct error *err) must_check;

/* Opens it for writing, without what dies with who wrote it last:
 * FAULT_VOLUME_IN_USE while somebody does. */
bool filling_open(const struct chain *chain, const char *name,
		  struct disk **ret_disk, struct error *err) must_check;

/* Makes it the layer, frozen: durable when this returns. All of it was flushed,
 * and nobody has it open for writing. One that is the layer already stays. */
bool filling_finish(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Removes the file, and what lies beside it: FAULT_VOLUME_IN_USE while somebody
 * has it open. One that is not there is no error. */
bool filling_remove(struct chain *chain, const char *name, struct error *err)
	must_check;

/* The layer that a file of the layer directory is filled to be; false for every
 * other one. */
bool filling_of_file(const char *file, char ret_layer[LAYER_NAME_SIZE]);

/* Whom to ask, before a layer that is being filled is read, that the process
 * which fills it listens; NULL: nobody. */
typedef bool filling_wake_fn(void *data, const char *layer, struct error *err);
void chain_set_filler(struct chain *chain, filling_wake_fn *wake, void *data);

/* Where the process that fills a layer listens, and where it notes which blocks
 * are there: in the directory "fill" beside the layers', which is made with the
 * first of them. Caller frees. The socket's path is short enough for one, by a
 * link where the directory's is not (alias.h), which is made anew whenever it
 * is asked for; NULL with a report. The map's is NULL when memory ran out. */
char *filling_socket(const struct chain *chain, const char *name,
		     struct error *err) must_check;
char *filling_map(const struct chain *chain, const char *name);

/* The layer whose socket a path is, as filling_socket() gave it; false if it is
 * none's. */
bool filling_of_socket(const struct chain *chain, const char *path,
		       char ret_layer[LAYER_NAME_SIZE]);

/* Removes that link if nothing is in the directory any more. */
void filling_settle(const struct chain *chain);

#endif
