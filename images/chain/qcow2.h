/* qcow2.h - the numbers of the qcow2 format, as docs/interop/qcow2 has them */
#ifndef QAMI_CHAIN_QCOW2_H
#define QAMI_CHAIN_QCOW2_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define QCOW2_MAGIC 0x514649fbU /* "QFI\xfb" */

/* Offsets in the header; every number is big-endian. */
enum {
	QCOW2_VERSION = 4,
	QCOW2_BACKING_OFFSET = 8,
	QCOW2_BACKING_SIZE = 16,
	QCOW2_CLUSTER_BITS = 20,
	QCOW2_SIZE = 24,
	QCOW2_CRYPT = 32,
	QCOW2_L1_SIZE = 36,
	QCOW2_L1_OFFSET = 40,
	QCOW2_REFTABLE_OFFSET = 48,
	QCOW2_REFTABLE_CLUSTERS = 56,
	QCOW2_SNAPSHOTS = 60,
	QCOW2_V2_LENGTH = 72,
	QCOW2_INCOMPATIBLE = 72,
	QCOW2_COMPATIBLE = 80,
	QCOW2_AUTOCLEAR = 88,
	QCOW2_REFCOUNT_ORDER = 96,
	QCOW2_HEADER_LENGTH = 100,
	QCOW2_V3_LENGTH = 104,
	QCOW2_COMPRESSION = 104,
	QCOW2_LENGTH = 112, /* the longest header that is known */
};

/* What QCOW2_CRYPT says. */
#define QCOW2_CRYPT_NONE 0U
#define QCOW2_CRYPT_LUKS 2U

/* Incompatible features. */
#define QCOW2_DIRTY (1ULL << 0)
#define QCOW2_CORRUPT (1ULL << 1)
#define QCOW2_DATA_FILE (1ULL << 2)
#define QCOW2_COMPRESSION_TYPE (1ULL << 3)
#define QCOW2_EXTENDED_L2 (1ULL << 4)

/* Compatible and autoclear features. */
#define QCOW2_LAZY_REFCOUNTS (1ULL << 0)
#define QCOW2_BITMAPS (1ULL << 0)
#define QCOW2_DATA_FILE_RAW (1ULL << 1)

/* Header extensions. */
#define QCOW2_EXT_END 0x00000000U
#define QCOW2_EXT_BACKING_FORMAT 0xe2792acaU
#define QCOW2_EXT_FEATURE_NAMES 0x6803f857U
#define QCOW2_EXT_BITMAPS 0x23852875U
#define QCOW2_EXT_ENCRYPTION 0x0537be77U
#define QCOW2_EXT_DATA_FILE 0x44415441U
#define QCOW2_FEATURE_NAME_SIZE 48

/* Entries of L1 and L2 tables. An extended L2 entry is followed by a bitmap:
 * the lower half says which of 32 subclusters are data, the upper which are
 * zeros. */
#define QCOW2_OFFSET_MASK 0x00fffffffffffe00ULL
#define QCOW2_COMPRESSED (1ULL << 62)
#define QCOW2_ZERO 1ULL
#define QCOW2_SUBCLUSTERS 32

/* QEMU's own bounds. */
#define QCOW2_CLUSTER_BITS_LEAST 9
#define QCOW2_CLUSTER_BITS_MOST 21
#define QCOW2_L1_BYTES_MOST (32ULL << 20)
#define QCOW2_REFTABLE_BYTES_MOST (8ULL << 20)
#define QCOW2_REFCOUNT_ORDER_MOST 6

static inline uint32_t get32(const uint8_t *at)
{
	uint32_t raw;

	memcpy(&raw, at, sizeof(raw));
	return be32toh(raw);
}

static inline uint64_t get64(const uint8_t *at)
{
	uint64_t raw;

	memcpy(&raw, at, sizeof(raw));
	return be64toh(raw);
}

static inline void put16(uint8_t *at, uint16_t value)
{
	uint16_t raw = htobe16(value);

	memcpy(at, &raw, sizeof(raw));
}

static inline void put32(uint8_t *at, uint32_t value)
{
	uint32_t raw = htobe32(value);

	memcpy(at, &raw, sizeof(raw));
}

static inline void put64(uint8_t *at, uint64_t value)
{
	uint64_t raw = htobe64(value);

	memcpy(at, &raw, sizeof(raw));
}

#endif
