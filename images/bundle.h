/* bundle.h - what of a store can be bundled, opened as the bytes of a disk
 *
 * A snapshot is read as it is. A volume and the root volume of an instance are
 * frozen first, in no time, and what is read is a snapshot that is gone
 * afterwards, whatever happens: it stands in the journal as operation "bundle"
 * from before it is taken.
 */
#ifndef QAMI_IMAGES_BUNDLE_H
#define QAMI_IMAGES_BUNDLE_H

#include "images/base/source.h"
#include "images/store.h"

struct bundle_source {
	struct source *source;
	const char *architecture; /* the instance's, or NULL; static text */
	/* of this room */
	int fd;			/* of a raw file; -1 */
	char snapshot[ID_SIZE]; /* the one that goes, or "" */
	char op[ID_SIZE];
};

/* Opens snap-…, vol-… or i-… for a caller who may read it: FAULT_*_NOT_FOUND,
 * FAULT_INCORRECT_STATE, those of freeze_volumes(); FAULT_UNSUPPORTED for an
 * instance with an instance-store root. */
bool bundle_source_open(struct call *call, const char *id,
			struct bundle_source *ret_source, struct error *err)
	must_check;

/* Opens a raw or qcow2 file of the user's, an import's rules applying; `raw`
 * says that it is neither, but a kernel or ramdisk. `path` is borrowed. */
bool bundle_source_open_file(struct call *call, const char *path, bool raw,
			     struct bundle_source *ret_source,
			     struct error *err) must_check;

/* Closes, and deletes the snapshot that was taken. Twice is fine. */
bool bundle_source_close(struct call *call, struct bundle_source *source,
			 struct error *err) must_check;

/* Deletes the snapshot that a killed process took. */
bool bundle_source_recover(struct call *call, const struct op *op,
			   struct error *err) must_check;

#endif
