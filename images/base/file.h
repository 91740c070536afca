/* file.h - files and directories, with the durability that a store needs */
#ifndef QAMI_BASE_FILE_H
#define QAMI_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "images/base/buf.h"
#include "images/base/error.h"

/* Makes a directory and those above it that are missing, all with `mode`; an
 * existing one is left as it is. */
bool dir_make(const char *path, mode_t mode, struct error *err) must_check;

/* Whether a path is a directory (no link to one) that is ours, into which
 * nobody else can write. */
bool dir_is_private(const char *path);

/* Whether nothing is in a directory, or it is not there. */
bool dir_is_empty(const char *path);

/* Flushes a directory's entries to the disk. */
bool dir_sync(const char *path, struct error *err) must_check;

/* Flushes the entries of the directory that a path lies in. */
bool parent_sync(const char *path, struct error *err) must_check;

/* Reads a whole regular file, at most `most` bytes (FAULT_INVALID_PARAMETER
 * beyond that), appending to ret_text. */
bool file_read(const char *path, size_t most, struct buf *ret_text,
	       struct error *err) must_check;

/* As file_read(), from an open descriptor to its end; `name` is for errors. */
bool file_read_fd(int fd, const char *name, size_t most, struct buf *ret_text,
		  struct error *err) must_check;

/* As read(), but passes over what a file has no data for: less than `size` is
 * read before such a hole, and the next call goes on behind it. */
ssize_t file_read_data(int fd, void *ret_data, size_t size);

/* Puts a file in place whole or not at all: temporary name beside it, fsync,
 * rename, fsync of the directory. */
bool file_write(const char *path, const void *data, size_t size, mode_t mode,
		struct error *err) must_check;

/* Writes everything or fails. */
bool write_all(int fd, const void *data, size_t size, const char *name,
	       struct error *err) must_check;

/* Removes a file; one that is not there is no error. */
bool file_remove(const char *path, struct error *err) must_check;

/* Removes a directory and the files in it; one that is not there is no error.
 */
bool dir_remove(const char *path, struct error *err) must_check;

/* A lock on a file of its own, taken for as long as the descriptor is open
 * (open file description lock: it dies with the process). Returns the
 * descriptor, to be closed; -1 with errno EAGAIN when somebody else has it
 * and `wait` is false, -1 with another errno on failure. */
int file_lock(const char *path, bool wait);

/* A caller may have closed our standard descriptors; the next files opened
 * would be in their place, and children's output in these. With this, reading
 * finds the end and writing still fails. For the beginning of main(). */
void descriptors_fill(void);

#endif
