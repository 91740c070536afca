/* tar-write.h - a disk as the one member of a GNU tar archive
 *
 * Everything in the archive follows from the disk and its name: no owner, no
 * time. A sparse member has type S, GNU tar's old one, which more readers know
 * than any newer one; it is written only when it is asked for.
 */
#ifndef QAMI_BUNDLE_TAR_WRITE_H
#define QAMI_BUNDLE_TAR_WRITE_H

#include "images/base/source.h"

/* Where the archive goes, piece by piece in its order. */
struct tar_sink {
	bool (*bytes)(void *data, const void *bytes, size_t size,
		      struct error *err);
	/* Part of the source, which this is to read. */
	bool (*copy)(void *data, uint64_t offset, uint64_t size,
		     struct error *err);
	bool (*zeros)(void *data, uint64_t size, struct error *err);
	void *data;
};

/* Writes the archive of a source, padded to whole records; `name` is the
 * member's, at most 200 bytes, and has no '/'. */
bool tar_write(struct source *source, const char *name, bool sparse,
	       const struct tar_sink *sink, struct error *err) must_check;

#endif
