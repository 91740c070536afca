/* layer.h - the layer table: one row per qcow2 or raw file of the store */
#ifndef QAMI_REGISTRY_LAYER_H
#define QAMI_REGISTRY_LAYER_H

#include "images/registry/db.h"

struct layer {
	const char *name;
	const char *format; /* "qcow2" or "raw" */
	const char *parent; /* NULL for a bottom */
	int64_t size;	    /* bytes, as a guest sees them */
	const char *state;  /* "active", "frozen" or "doomed" */
};

bool layer_insert(struct db *db, const struct layer *layer,
		  struct error *err) must_check;

/* A layer by name; FAULT_INTERNAL when it is not there. */
bool layer_get(struct db *db, const char *name, struct arena *arena,
	       struct layer *ret_layer, struct error *err) must_check;

/* The chain from a layer down to its bottom, top first; in the arena. */
bool layer_chain(struct db *db, const char *name, struct arena *arena,
		 const struct layer **ret_layers, size_t *ret_count,
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

/* Forgets a doomed layer whose file is gone. */
bool layer_delete(struct db *db, const char *name, struct error *err)
	must_check;

/* The names of all layers that are doomed; in the arena. */
bool layer_doomed(struct db *db, struct arena *arena,
		  const char *const **ret_names, size_t *ret_count,
		  struct error *err) must_check;

#endif
