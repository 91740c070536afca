/* parcel-private.h - what writing and reading parcels share */
#ifndef QAMI_PARCEL_PRIVATE_H
#define QAMI_PARCEL_PRIVATE_H

#include <openssl/evp.h>

#include "images/base/digest.h"
#include "images/parcel/parcel.h"

#define VERSION 1
#define HEADER_MAGIC "qamiimg\n"
#define END_MAGIC "qamiend\n"
#define MAGIC_SIZE 8
#define BLOCK_HEAD 44
#define ENTRY_SIZE 16
#define END_SIZE 64
#define DISK_HEAD 8

/* Where fields lie. */
enum header {
	HEADER_VERSION = 8,
	HEADER_BLOCK = 12,
	HEADER_DISKS = 16,
	HEADER_METADATA = 20,
	HEADER_ZEROS = 24,
	HEADER_DIGEST = 32,
};
enum block { BLOCK_NUMBER = 0, BLOCK_BYTES = 8, BLOCK_DIGEST = 12 };
enum end { END_INDEX = 8, END_TOTAL = 16, END_BLOCKS = 24, END_DIGEST = 32 };

static inline void put32(uint8_t *at, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		at[i] = (uint8_t)value;
}

static inline void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)(value >> 32));
	put32(at + 4, (uint32_t)value);
}

static inline uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t get64(const uint8_t *at)
{
	return (uint64_t)get32(at) << 32 | get32(at + 4);
}

/* A SHA-256 that grows; NULL when memory ran out. */
static inline EVP_MD_CTX *running_new(void)
{
	EVP_MD_CTX *running = EVP_MD_CTX_new();

	if (running && !EVP_DigestInit_ex(running, EVP_sha256(), NULL)) {
		EVP_MD_CTX_free(running);
		return NULL;
	}
	return running;
}

static inline bool running_end(EVP_MD_CTX *running,
			       uint8_t ret_digest[SHA256_SIZE])
{
	return EVP_DigestFinal_ex(running, ret_digest, NULL);
}

/* What packs blocks, and unpacks them. */
struct packer;
bool packer_open(bool unpack, struct packer **ret_packer, struct error *err)
	must_check;
void packer_free(struct packer *packer);

/* Packs a block into fewer than PARCEL_BLOCK bytes; 0 where that cannot be. */
size_t packer_pack(struct packer *packer, const uint8_t *block,
		   uint8_t *ret_data);

/* Unpacks exactly one block; false when the data are not that. */
bool packer_unpack(struct packer *packer, const uint8_t *data, size_t size,
		   uint8_t *ret_block);

#endif
