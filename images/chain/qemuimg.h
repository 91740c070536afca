/* qemuimg.h - the calls of qemu-img */
#ifndef QAMI_CHAIN_QEMUIMG_H
#define QAMI_CHAIN_QEMUIMG_H

#include "images/base/error.h"
#include "images/chain/chain.h"

/* Writes what the foreign image (of header->driver) behind `source` shows into
 * the fresh, empty qcow2 of ours behind `target`, which has the same size and
 * is encrypted by the secret, unless that is NULL: then nothing of the image is
 * in clear outside the child's memory.
 * Confined: no network where the kernel lets us, bounded memory, time and file
 * size, and no name is opened, only these descriptors. FAULT_IMPORT_FORMAT when
 * the image cannot be read. Not flushed. */
bool qemuimg_convert(int source, int target, const struct disk_header *header,
		     const struct layer_secret *secret, progress_fn progress,
		     void *data, struct error *err) must_check;

/* Writes what a node of ours shows to a file, in a format. Not flushed. */
bool qemuimg_export(const char *node, const char *path, const char *format,
		    uint64_t size, progress_fn progress, void *data,
		    struct error *err) must_check;

#endif
