/* layout.h - a new disk that boots as an old one does: table and boot loader
 *
 * The partition of the root file system keeps its number, its beginning and
 * its identity and extends to the new disk's end. Of the others only those stay
 * that booting takes, byte by byte: the BIOS boot and EFI system partitions,
 * those marked as bootable, and /boot's. With them go the boot sector and, of
 * an MBR disk, the sectors before the first partition, where boot loaders keep
 * their second stage. Sectors are of 512 bytes.
 */
#ifndef QAMI_BUNDLE_LAYOUT_H
#define QAMI_BUNDLE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "images/base/error.h"
#include "images/base/source.h"

enum layout_kind {
	LAYOUT_SAME, /* whatever the old disk has */
	LAYOUT_MBR,
	LAYOUT_GPT,
	LAYOUT_NONE, /* the file system is the whole disk; it does not boot by
		      * itself */
};

struct layout {
	enum layout_kind kind;
	uint64_t root; /* where the file system begins on the old disk, bytes */
	uint64_t boot; /* the same of /boot's own, or 0 */
	uint64_t size; /* of the new disk, bytes, a multiple of 1 MiB */
};

/* Where the new root file system goes. */
struct layout_root {
	enum layout_kind kind; /* never LAYOUT_SAME */
	uint64_t offset;       /* bytes */
	uint64_t size;	       /* bytes */
	unsigned number;       /* of the partition; 0: the whole disk */
	bool loader;	       /* the old disk's boot loader came along */
};

/* "mbr", "gpt", "none" or, for the same, "auto"; false for any other text. */
bool layout_kind_parse(const char *text, enum layout_kind *ret_kind);

/* Writes everything but the root file system onto an empty disk, a file of
 * `layout->size` bytes. FAULT_UNSUPPORTED for a table that cannot be kept,
 * FAULT_INVALID_PARAMETER when the disk is too small. */
bool layout_make(struct source *old, const struct layout *layout, int fd,
		 struct layout_root *ret_root, struct error *err) must_check;

#endif
