/* storeroot.h - the instance-store root of a running machine, held still to be
 * read while its guest goes on
 *
 * QEMU moves on to a new file over the one that it wrote until then, with the
 * guest's filesystems frozen where it has an agent. When all was read, what
 * the old file holds is copied up and the old file goes. The row says "new
 * over old" before QEMU is asked: an empty file over the old one reads as that
 * does, so that whoever dies, and whoever starts the machine anew, is right.
 */
#ifndef QAMI_INSTANCE_STOREROOT_H
#define QAMI_INSTANCE_STOREROOT_H

#include "images/base/source.h"
#include "images/store.h"

/* Holds the root still and opens it. FAULT_INSTANCE_STATE when its machine is
 * not there, those of machine_pivot(). */
bool storeroot_open(struct call *call, const char *instance,
		    struct source **ret_source, struct error *err) must_check;

/* Makes the root one file again; the source was closed. *ret_settled is false
 * when it has to be tried again: its machine is just being rebooted, or
 * somebody else wanted to work on it. Idempotent, and nothing is left to do
 * for an instance that has ended. */
bool storeroot_settle(struct call *call, const char *instance,
		      bool *ret_settled, struct error *err) must_check;

/* The two names that such a root's file can have: `file` is one of them. Caller
 * frees; NULL when memory ran out. */
char *storeroot_other(const char *file);

#endif
