/* table.h - what a foreign qcow2's L1 and L2 tables claim */
#ifndef QAMI_CHAIN_TABLE_H
#define QAMI_CHAIN_TABLE_H

#include <stdint.h>

#include "images/base/error.h"
#include "images/chain/chain.h"

/* Walks the tables of an image whose header passed disk_header_read() and
 * which cannot change meanwhile. FAULT_IMPORT_FORMAT when they lie outside the
 * file, overlap what they may not, or show the same bytes more than once, so
 * that a small file would become a large one. *ret_bytes is what the disk may
 * take when it is written out (holes of the file aside). Reads at most what the
 * tables take. */
bool tables_check(int fd, const struct disk_header *header, uint64_t *ret_bytes,
		  struct error *err) must_check;

#endif
