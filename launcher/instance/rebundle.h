/* rebundle.h - an instance's root becomes a disk of its own, from outside
 *
 * What ec2-bundle-vol does inside a guest, done to a snapshot of its root
 * volume, which is frozen by the guest's agent where it has one. Nothing of
 * the guest is executed: its file system is read and the new one is written
 * by libguestfs, and what is left out is never written at all.
 */
#ifndef QAMI_INSTANCE_REBUNDLE_H
#define QAMI_INSTANCE_REBUNDLE_H

#include "bundle/filter.h"
#include "bundle/layout.h"
#include "images/store.h"

/* All borrowed; NULL, 0 and false are the defaults. */
struct rebundle {
	const char *instance;
	uint64_t size; /* of the new disk, bytes; 10 GiB */
	enum layout_kind table;
	struct filter_wish filter;
	const char *fstab; /* the text of a new /etc/fstab */
	bool generate_fstab;
	/* Gets the finished disk; what it returns is what is returned. */
	bool (*use)(void *data, int fd, struct error *err);
	void *use_data;
};

/* Makes the disk and has it used; the disk and the snapshot are gone when it
 * returns, whatever happened. Faults: FAULT_INSTANCE_NOT_FOUND,
 * FAULT_INSTANCE_STATE unless it runs or is stopped, FAULT_UNSUPPORTED (an
 * instance-store root; a file system that cannot be copied so; no libguestfs),
 * FAULT_VOLUME_CAPACITY, FAULT_INVALID_PARAMETER (it does not fit), those of
 * freeze_volumes(). */
bool rebundle(struct call *call, const struct rebundle *request,
	      struct error *err) must_check;

/* Removes what a killed rebundle() left. */
bool rebundle_recover(struct call *call, const struct op *op, struct error *err)
	must_check;

#endif
