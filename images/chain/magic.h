/* magic.h - the first bytes by which file formats are known */
#ifndef QAMI_CHAIN_MAGIC_H
#define QAMI_CHAIN_MAGIC_H

#include <stdint.h>

/* How much of a file's beginning the functions below look at. */
#define MAGIC_BYTES (64 * 1024)

/* The name of the disk image format, other than raw, that a file's first
 * MAGIC_BYTES say; NULL when none. */
const char *magic_format(const uint8_t head[MAGIC_BYTES]);

/* The name of the packer or archiver that made the file; NULL when none. */
const char *magic_packed(const uint8_t head[MAGIC_BYTES]);

/* The name of the image format that a file's last 512 bytes say, or NULL. */
const char *magic_tail(const uint8_t tail[512]);

/* What the first `size` bytes would be if they were a disk's: "a boot sector",
 * … or NULL. */
const char *magic_disk_mark(const uint8_t head[MAGIC_BYTES], uint64_t size);

#endif
