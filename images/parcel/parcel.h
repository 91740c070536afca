/* parcel.h - an image as one object: what is said of it, and its disks
 *
 * One pass writes a parcel and one pass reads it, in memory that does not
 * depend on its size. Numbers are big-endian, as in qcow2:
 *
 *   0   8  "qamiimg\n"
 *   8   4  version, 1
 *  12   4  bytes of a block, 524288
 *  16   4  how many disks there are, 1 to 64
 *  20   4  bytes of the metadata, at most 1 MiB
 *  24   8  zeros
 *  32  32  SHA-256 of the metadata
 *  64      the metadata: JSON, whose meaning is images/stored.h's
 *
 * Then each disk: its bytes (8; a multiple of 512, at most 64 TiB), and
 * ascending those of its blocks that are not zeros throughout, each
 *
 *   0   8  its number
 *   8   4  bytes of its data: 524288 are the block as it is, fewer are zstd's
 *  12  32  SHA-256 of the block as a guest reads it (zeros behind the end)
 *  44      the data
 *
 * until one with the number 2^64-1, without data, its digest zeros. Then the
 * index, entries of 16 bytes: for each disk the number of each of its blocks
 * and where that begins in the object; then the disk's bytes and how many
 * blocks it has. Then the end:
 *
 *   0   8  "qamiend\n"
 *   8   8  where the index begins
 *  16   8  bytes of the whole object
 *  24   8  how many blocks all disks have together
 *  32  32  SHA-256 of everything before
 *
 * Whoever reads one believes nothing: FAULT_INVALID_PARAMETER, with a sentence
 * why, for what is cut short, altered, out of order, larger than it says, or
 * has anything behind it. Only when parcel_end() has said so it is whole.
 */
#ifndef QAMI_PARCEL_PARCEL_H
#define QAMI_PARCEL_PARCEL_H

#include "images/base/auto.h"
#include "images/base/source.h"

#define PARCEL_BLOCK (512 * 1024U)
#define PARCEL_DISKS_MOST 64
#define PARCEL_METADATA_MOST (1U << 20)
#define PARCEL_HEADER 64
#define PARCEL_DISK_MOST (1ULL << 46) /* bytes */
#define PARCEL_NO_BLOCK UINT64_MAX

/* How a parcel is being written. */
struct parcel_writer;

/* Begins a parcel in an empty regular file that is open for reading and
 * writing; `fd` is borrowed. */
bool parcel_create(int fd, const char *metadata, size_t metadata_size,
		   unsigned disks, struct parcel_writer **ret_writer,
		   struct error *err) must_check;

/* Adds the next disk. `progress` is told how many of its bytes are done, and
 * may be NULL; while *cancel is true it ends with FAULT_UNAVAILABLE, NULL:
 * never. */
struct parcel_watch {
	const bool *cancel;
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *data;
};
bool parcel_add(struct parcel_writer *writer, struct source *disk,
		const struct parcel_watch *watch, struct error *err) must_check;

/* Writes index and end, when all disks were added. Not flushed. */
bool parcel_finish(struct parcel_writer *writer, struct error *err) must_check;
void parcel_writer_free(struct parcel_writer *writer);
AUTO_DEFINE(parcel_writer, parcel_writer_free)

/* A parcel that is being read, from its beginning on. */
struct parcel;

/* Checks the frame. `fd`, a regular file at its start, is borrowed. */
bool parcel_open(int fd, struct parcel **ret_parcel, struct error *err)
	must_check;
void parcel_close(struct parcel *parcel);
AUTO_DEFINE(parcel, parcel_close)

/* Reads the metadata alone from the first bytes of a parcel (as many as
 * PARCEL_HEADER and PARCEL_METADATA_MOST suffice); NUL-terminated, the caller
 * frees. */
bool parcel_peek(const void *start, size_t size, char **ret_metadata,
		 unsigned *ret_disks, struct error *err) must_check;

const char *parcel_metadata(const struct parcel *parcel);
unsigned parcel_disks(const struct parcel *parcel);

/* What the disks take when all are unpacked, at most; in bytes. */
uint64_t parcel_room(const struct parcel *parcel);

/* How much of the object was read, of how much; in bytes. */
void parcel_told(const struct parcel *parcel, uint64_t *ret_done,
		 uint64_t *ret_total);

/* Goes to the next disk, when the one before was read to its end; so many times
 * as there are disks. */
bool parcel_disk(struct parcel *parcel, uint64_t *ret_size, struct error *err)
	must_check;

/* Reads the disk's next block, PARCEL_BLOCK bytes, and checks it; *ret_number
 * is PARCEL_NO_BLOCK when there is none. What lies between is zeros. */
bool parcel_block(struct parcel *parcel, uint8_t *ret_data,
		  uint64_t *ret_number, struct error *err) must_check;

/* Checks index, end and digest, after the last disk's end. */
bool parcel_end(struct parcel *parcel, struct error *err) must_check;

#endif
