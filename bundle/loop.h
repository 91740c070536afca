/* loop.h - a part of a file as a block device, for as long as it is used */
#ifndef QAMI_BUNDLE_LOOP_H
#define QAMI_BUNDLE_LOOP_H

#include <stdint.h>

#include "images/base/error.h"

/* Puts a loop device over `size` bytes of a file; its node, and the one it is
 * asked for by, are made in `directory`, where devices are allowed. *ret_path
 * is the node's (caller frees). It goes by itself when *ret_fd is closed and
 * nothing of it is mounted, whoever dies. */
bool loop_attach(int fd, uint64_t offset, uint64_t size, const char *directory,
		 char **ret_path, int *ret_fd, struct error *err) must_check;

/* The same over a whole file, with a node for one of its partitions, too: for
 * programs that look for the disk below a file system. */
bool loop_attach_disk(int fd, unsigned partition, uint64_t offset,
		      uint64_t size, const char *directory, char **ret_disk,
		      char **ret_path, int *ret_fd, struct error *err)
	must_check;

#endif
