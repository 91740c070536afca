/* tree.h - directories with all that is in them (private to this room)
 *
 * QEMU's user may write into some of them: no symbolic link is followed.
 */
#ifndef QAMI_DOMAIN_TREE_H
#define QAMI_DOMAIN_TREE_H

#include <stdbool.h>

#include "images/base/error.h"

/* Removes what a directory holds, but not `spare` (or NULL); what cannot go
 * stays. */
void tree_empty(const char *path, const char *spare);

/* The same, and the directory itself. */
void tree_remove(const char *path);

/* Makes the directories and regular files below `to` those below `from`, with
 * their modes and owners; each file is replaced whole, and only if it differs.
 * After a failure (FAULT_VOLUME_CAPACITY, say) calling it again continues. */
bool tree_mirror(const char *from, const char *to, struct error *err)
	must_check;

#endif
