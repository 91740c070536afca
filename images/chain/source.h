/* source.h - disks as sources of their bytes, of layers and of foreign images
 *
 * What the qcow2 tables know to be zeros is never read: the server is asked
 * for block status.
 */
#ifndef QAMI_CHAIN_SOURCE_H
#define QAMI_CHAIN_SOURCE_H

#include "images/base/source.h"
#include "images/chain/blocks.h"

/* The bytes of a disk, which it closes; on failure, too. Reading a foreign
 * image fails with FAULT_IMPORT_FORMAT once anybody begins to write to it. */
bool source_open_disk(struct disk *disk, struct source **ret_source,
		      struct error *err) must_check;

/* Opens a foreign qcow2 image, whose header passed disk_header_read(), by a
 * confined server. It is held still: one that anybody has open for writing is
 * FAULT_INVALID_PARAMETER, where that cannot be known it is copied first. Its
 * tables are checked as well: FAULT_IMPORT_FORMAT. `fd` is open for reading
 * only, and may be closed afterwards. */
bool disk_open_foreign(struct chain *chain, int fd,
		       const struct disk_header *header, struct disk **ret_disk,
		       struct error *err) must_check;

#endif
