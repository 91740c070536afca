/* foreign.h - what the headers and tables of VMDK and VHD images claim */
#ifndef QAMI_CHAIN_FOREIGN_H
#define QAMI_CHAIN_FOREIGN_H

#include "images/chain/chain.h"

/* Reads the header, descriptor and tables of a VMDK that is one file
 * (monolithicSparse or streamOptimized), or of a VHD that is one disk (fixed or
 * dynamic); what names another file, or shows its bytes more than once, is
 * FAULT_IMPORT_FORMAT. `most` bounds the virtual size; *ret_bytes is what the
 * disk may take when it is written out. */
bool vmdk_read(int fd, uint64_t most, struct disk_header *ret_header,
	       uint64_t *ret_bytes, struct error *err) must_check;
bool vhd_read(int fd, uint64_t most, struct disk_header *ret_header,
	      uint64_t *ret_bytes, struct error *err) must_check;

/* Reads at most `size` bytes at a place of an image, all of them or
 * FAULT_IMPORT_FORMAT. */
bool foreign_read(int fd, void *ret_data, size_t size, uint64_t offset,
		  struct error *err) must_check;

/* The bytes of a regular file. */
bool foreign_size(int fd, uint64_t *ret_size, struct error *err) must_check;

#endif
