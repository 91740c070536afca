/* volume.h - the life of volumes */
#ifndef QAMI_IMAGES_VOLUME_H
#define QAMI_IMAGES_VOLUME_H

#include "images/authorise.h"

#define GIB (1024LL * 1024 * 1024)

/* The rows of a new volume over a snapshot's layer (NULL: empty): a fresh
 * active layer and the volume in state "creating". Within the caller's
 * transaction; nothing is on the disk yet. The name of the layer is in
 * volume->layer. */
bool volume_write(struct call *call, const struct volume *volume,
		  struct error *err) must_check;

/* Makes the file of a volume whose rows are there; durable when it returns.
 * One that is there already is left as it is. */
bool volume_make(struct call *call, const char *id, struct error *err)
	must_check;

/* Forgets a volume, its attachment and tags, and dooms its layer; within the
 * caller's transaction. */
bool volume_drop(struct call *call, const char *id, struct error *err)
	must_check;

#endif
