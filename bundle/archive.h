/* archive.h - a disk as a compressed archive, made on all cores
 *
 * One thread reads, several deflate, one digests, and the caller's takes what
 * comes out, in its order. Holes are never read, and memory is the same for
 * every disk: about 2 MiB for each thread that deflates, and 8 MiB.
 */
#ifndef QAMI_BUNDLE_ARCHIVE_H
#define QAMI_BUNDLE_ARCHIVE_H

#include "bundle/manifest.h"
#include "images/base/source.h"

/* All borrowed. */
struct archive {
	struct source *source;
	const char *name;   /* the member's */
	int level;	    /* of deflate */
	unsigned threads;   /* that deflate; at least 1 */
	bool sparse;	    /* the member keeps its holes */
	const bool *cancel; /* set by another thread to stop; NULL: never */
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *watch_data;
};

/* Gets the gzip stream, one member, in the calling thread. */
typedef bool archive_fn(void *data, const void *bytes, size_t size,
			struct error *err);

/* Writes the archive; `ret_digest` is the SHA-1 of all that it says when it is
 * uncompressed. FAULT_UNAVAILABLE when it was cancelled. */
bool archive_write(const struct archive *archive, archive_fn *write, void *data,
		   char ret_digest[SHA1_TEXT_SIZE], struct error *err)
	must_check;

#endif
