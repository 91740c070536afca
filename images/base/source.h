/* source.h - the bytes of a disk, wherever they lie
 *
 * A reader asks for the next extent and reads only those that hold data: what
 * is a hole or zeros is never read. A disk file, a chain of layers and a
 * stream's end each implement the three calls.
 */
#ifndef QAMI_BASE_SOURCE_H
#define QAMI_BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/auto.h"
#include "images/base/error.h"

struct source;

struct source_ops {
	/* The extent that begins at `offset` (below the size): how long it
	 * goes on in the same kind, at least 1 byte, and whether it may hold
	 * anything but zeros. */
	bool (*next)(struct source *source, uint64_t offset, uint64_t *ret_size,
		     bool *ret_data, struct error *err);

	/* Reads exactly `size` bytes within the source. Called by one thread
	 * at a time. */
	bool (*read)(struct source *source, void *ret_data, size_t size,
		     uint64_t offset, struct error *err);
	void (*close)(struct source *source);
};

/* The head of every implementation's own struct. */
struct source {
	const struct source_ops *ops;
	uint64_t size; /* bytes */
};

/* A regular file or a block device (else FAULT_INVALID_PARAMETER), by its
 * holes. `fd` is borrowed and open for reading, and its file offset moves;
 * `name` is for errors and borrowed, too. */
bool source_open_file(int fd, const char *name, struct source **ret_source,
		      struct error *err) must_check;

/* The calls; an extent ends at the source's end at the latest. Closing none is
 * fine. */
bool source_next(struct source *source, uint64_t offset, uint64_t *ret_size,
		 bool *ret_data, struct error *err) must_check;
bool source_read(struct source *source, void *ret_data, size_t size,
		 uint64_t offset, struct error *err) must_check;
void source_close(struct source *source);
AUTO_DEFINE(source, source_close)

#endif
