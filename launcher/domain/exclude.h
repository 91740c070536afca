/* exclude.h - what of a root file system is left out when it is made anew
 * (private to this room's module for libguestfs) */
#ifndef QAMI_DOMAIN_EXCLUDE_H
#define QAMI_DOMAIN_EXCLUDE_H

#include <guestfs.h>

#include "images/base/arena.h"
#include "launcher/domain/ops.h"

/* The patterns of tar's, and a NULL behind them, for the paths of a list that
 * `clone` does not keep; all in the arena. In the list each path is ended by a
 * zero byte, and directories come before what is in them. `g` has the file
 * system mounted: it is asked where only it knows what a directory is.
 * FAULT_UNSUPPORTED: there are too many, or they are too deep. */
bool exclude_paths(const struct disk_clone *clone, guestfs_h *g,
		   const char *list, size_t size, struct arena *arena,
		   const char ***ret_patterns, struct error *err) must_check;

#endif
