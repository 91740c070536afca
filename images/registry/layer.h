/* layer.h - the layer table: one row per qcow2 or raw file of the store */
#ifndef QAMI_REGISTRY_LAYER_H
#define QAMI_REGISTRY_LAYER_H

#include "images/base/id.h"
#include "images/registry/db.h"

struct layer {
	const char *name;
	const char *format;   /* "qcow2" or "raw" */
	const char *parent;   /* NULL for a bottom */
	int64_t size;	      /* bytes, as a guest sees them */
	const char *state;    /* "active", "frozen" or "doomed" */
	const char *disk_key; /* what it is encrypted with; NULL: plain */
};

bool layer_insert(struct db *db, const struct layer *layer, struct error *err)
	must_check;

/* A layer by name; FAULT_INTERNAL when it is not there. */
bool layer_get(struct db *db, const char *name, struct arena *arena,
	       struct layer *ret_layer, struct error *err) must_check;

/* The disk key of a layer; "" of one that is plain or not there. */
bool layer_disk_key(struct db *db, const char *name, char ret_key[UUID_SIZE],
		    struct error *err) must_check;

/* A layer among all of the store, for those who look after them. Texts are
 * NULL where there is none. */
struct layer_use {
	struct layer layer;
	int64_t level;	      /* 1 and more: consolidated (images/tend.h) */
	int64_t users;	      /* volumes, snapshots, images and fast restores
			       * that name it */
	const char *volume;   /* the one it is the active layer of */
	const char *instance; /* what that is attached to, … */
	const char *uri;      /* … unless it is stopped: its libvirt */
	const char *uuid;     /* … and its machine */
	bool fills;	      /* it is still being filled */
};

/* All layers; in the arena. */
bool layer_all(struct db *db, struct arena *arena,
	       const struct layer_use **ret_layers, size_t *ret_count,
	       struct error *err) must_check;

/* What rows say of layers that cannot be: volumes whose layer is of another
 * size or is not active, completed snapshots whose layer is not frozen, layers
 * that stand on one that is doomed or on nothing that is there. In the arena.
 */
struct layer_fault {
	const char *subject;
	const char *text;
};
bool layer_faults(struct db *db, struct arena *arena,
		  const struct layer_fault **ret_faults, size_t *ret_count,
		  struct error *err) must_check;

/* Notes that a layer stands on another one now, and of which level it is. */
bool layer_move(struct db *db, const char *name, const char *parent,
		int64_t level, struct error *err) must_check;

/* The bytes of all blocks that a frozen layer shows; noted once. 0 in
 * *ret_known where it was not. */
bool layer_full(struct db *db, const char *name, bool *ret_known,
		uint64_t *ret_bytes, struct error *err) must_check;
bool layer_set_full(struct db *db, const char *name, uint64_t bytes,
		    struct error *err) must_check;

/* The chain from a layer down to its bottom, top first; in the arena. */
bool layer_chain(struct db *db, const char *name, struct arena *arena,
		 const struct layer **ret_layers, size_t *ret_count,
		 struct error *err) must_check;

/* Notes that an active layer was made larger, in bytes. */
bool layer_set_size(struct db *db, const char *name, int64_t size,
		    struct error *err) must_check;

/* Marks an active layer frozen. */
bool layer_set_frozen(struct db *db, const char *name, struct error *err)
	must_check;

/* Marks a layer doomed unless a volume, snapshot, image or other layer still
 * stands on it; *ret_doomed says which it was. Then its parent, too, may have
 * lost its last user: call again for that one. */
bool layer_release(struct db *db, const char *name, bool *ret_doomed,
		   struct error *err) must_check;

/* Whether a layer is only there because other layers stand on it. */
bool layer_hidden(struct db *db, const char *name, bool *ret_hidden,
		  struct error *err) must_check;

/* Forgets a doomed layer whose file is gone, and its disk key with the last
 * layer that had it. */
bool layer_delete(struct db *db, const char *name, struct error *err)
	must_check;

/* The names of all layers that are doomed; in the arena. */
bool layer_doomed(struct db *db, struct arena *arena,
		  const char *const **ret_names, size_t *ret_count,
		  struct error *err) must_check;

#endif
