/* unpack.h - a bundle becomes the disk that was packed, or nothing at all
 *
 * Every byte comes from a stranger. A part is believed when its digest was
 * right, the image when the archive's was; until then it has no name. Holes
 * are left wherever there are zeros.
 */
#ifndef QAMI_BUNDLE_UNPACK_H
#define QAMI_BUNDLE_UNPACK_H

#include "bundle/key.h"
#include "bundle/manifest.h"

/* Where parts come from. */
struct parts {
	/* Opens a part for reading from its start; the reader closes it. It
	 * must be a regular file. Called in the order of the index, by a
	 * thread of the reader's, which waits for it. */
	bool (*open)(void *data, const struct manifest_part *part, int *ret_fd,
		     struct error *err);
	void *data;
};

struct unpack {
	const struct manifest *manifest;
	const struct parts *parts;
	const struct bundle_key *key;
	const bool *cancel; /* set by another thread to stop; NULL: never */
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *watch_data;
};

/* Unpacks into an empty regular file that is open for reading and writing,
 * and syncs it. On failure its content means nothing. FAULT_INVALID_MANIFEST
 * when the bundle is not what its manifest says, FAULT_UNAVAILABLE when it was
 * cancelled. */
bool unpack_file(const struct unpack *unpack, int fd, struct error *err)
	must_check;

/* Unpacks a bundle whose parts lie in one directory into the directory `to`,
 * under the image's name and with mode 0600: a temporary file until everything
 * was right. `unpack->parts` is not looked at. FAULT_INVALID_PARAMETER when
 * that name is taken, FAULT_INCORRECT_STATE while somebody else unpacks the
 * same there. */
bool unpack_directory(const struct unpack *unpack, const char *parts,
		      const char *to, struct error *err) must_check;

#endif
