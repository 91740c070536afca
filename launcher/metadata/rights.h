/* rights.h - what a process that a guest talks to does without
 *
 * For good, and with all that it will need open already.
 */
#ifndef QAMI_METADATA_RIGHTS_H
#define QAMI_METADATA_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "images/base/error.h"

/* Gives up new rights, core dumps, children, more than `descriptors` of those
 * and all system calls but what answering takes. Root becomes nobody or, with
 * `opens_files`, keeps its files but no capability. */
bool rights_drop(size_t descriptors, bool opens_files, struct error *err)
	must_check;

#endif
