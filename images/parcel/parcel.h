/* parcel.h - an image as one object: what is said of it, and its disks
 *
 * One pass writes a parcel and one pass reads it, in memory that does not
 * depend on its size. Numbers are big-endian, as in qcow2:
 *
 *   0   8  "qamiimg\n"
 *   8   4  version: 1, and 2 of a sealed parcel; 3 and 4 of a dense one
 *  12   4  bytes of a block: 524288, of a dense one 2097152
 *  16   4  how many disks there are, 1 to 64
 *  20   4  bytes of the metadata, at most 1 MiB
 *  24   8  zeros
 *  32  32  SHA-256 of the metadata
 *  64  32  versions 2 and 4 only: what the blocks' key is made of, with the
 * seal's the metadata: JSON, whose meaning is images/stored.h's
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
 * In a sealed parcel the metadata, sizes and digests are in clear, and no block
 * is. The key of its blocks is the HMAC-SHA-256, under the key that it was
 * sealed with, of "qami parcel" and the 32 bytes of its header, which are drawn
 * for each parcel. What a block would have as its data is encrypted by
 * AES-256-GCM; the nonce, and what is authenticated beside it, are the disk's
 * number in the parcel (4 bytes, from 0) and the block's (8). The tag, 16
 * bytes, follows, and is counted: 524304 bytes are a block as it is. The
 * block's digest is that of its data as they lie here, so that an object is
 * checked without its key, and nobody tells a block that he guesses.
 *
 * A dense parcel's blocks are four times as large, and have what lies elsewhere
 * on their disk not once more. The four parts of a block are 524288 bytes each;
 * the highest byte of its number, also in the index and for the seal, says
 * which are not zeros throughout: bit 0 is the first part, and one bit is set
 * at least. Its digest, unless it is sealed, is the SHA-256 of those of the
 * parts that are not zeros. 2097152 bytes of data are the block as it is; fewer
 * are zstd's, of at most 2098192 bytes:
 *
 *      0    16  the numbers of up to 4 blocks before it on the disk, 4 each;
 *               2^32-1 where none is named below
 *     16  1024  for each 4096 bytes of the block, 2: 0 when they follow, else
 *               1 + 512 * which of those blocks has them + where there, counted
 *               in 4096 bytes. They are among what follows there, or that block
 *               lies as it is: none is found by way of another one
 *   1040        what follows, 4096 bytes each, as many as are 0 above
 *
 * Whoever reads one believes nothing: FAULT_INVALID_PARAMETER, with a sentence
 * why, for what is cut short, altered, out of order, larger than it says, or
 * has anything behind it. Only when parcel_end() has said so it is whole.
 */
#ifndef QAMI_PARCEL_PARCEL_H
#define QAMI_PARCEL_PARCEL_H

#include "images/base/auto.h"
#include "images/base/digest.h"
#include "images/base/secret.h"
#include "images/base/source.h"

#define PARCEL_BLOCK (512 * 1024U)
#define PARCEL_DISKS_MOST 64
#define PARCEL_METADATA_MOST (1U << 20)
#define PARCEL_HEADER 64
#define PARCEL_DISK_MOST (1ULL << 46) /* bytes */
#define PARCEL_NO_BLOCK UINT64_MAX

/* How a parcel is being written. */
struct parcel_writer;

/* How it is to be packed; all zeros is fine. */
struct parcel_way {
	const struct secret *key; /* to seal it with; NULL: it is not sealed */
	int level;		  /* zstd's; 0: a fast one */
	bool proves; /* what was packed is unpacked again, and compared */
	bool dense;  /* smaller; a single block of it takes longer to read */
};

/* Begins a parcel in an empty regular file that is open for reading and
 * writing; `fd` is borrowed. `way` may be NULL. */
bool parcel_create(int fd, const char *metadata, size_t metadata_size,
		   unsigned disks, const struct parcel_way *way,
		   struct parcel_writer **ret_writer, struct error *err)
	must_check;

/* Adds the next disk, which this thread reads and several pack. `progress` is
 * told how many of its bytes are done, and may be NULL; while *cancel is true
 * it ends with FAULT_UNAVAILABLE, NULL: never. `check`, unless NULL, is asked
 * about each block that is not zeros throughout, before it is packed, in any
 * order and by several threads, with the block's SHA-256 where that is known
 * (else NULL): false ends it with its error. */
struct parcel_watch {
	const bool *cancel;
	void (*progress)(void *data, uint64_t done, uint64_t total);
	bool (*check)(void *data, uint64_t number, const uint8_t *block,
		      const uint8_t *digest, struct error *err);
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

/* Whether it is sealed, and with which key: to be said before a block of it is
 * read. */
bool parcel_sealed(const struct parcel *parcel);
bool parcel_unseal(struct parcel *parcel, const struct secret *key,
		   struct error *err) must_check;

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
 * is PARCEL_NO_BLOCK when there is none. What lies between is zeros. With
 * ret_data NULL it is only checked, of a sealed one without the key what can
 * be: its digest. */
bool parcel_block(struct parcel *parcel, uint8_t *ret_data,
		  uint64_t *ret_number, struct error *err) must_check;

/* Checks index, end and digest, after the last disk's end. */
bool parcel_end(struct parcel *parcel, struct error *err) must_check;

/* The digest that a parcel ends with, which stands for all of it; what it says
 * is not checked. */
bool parcel_digest(int fd, uint8_t ret_digest[SHA256_SIZE], struct error *err)
	must_check;

/* Reads a parcel and checks that one digest, and nothing else: that every byte
 * is what was written. */
bool parcel_intact(int fd, struct error *err) must_check;

#endif
