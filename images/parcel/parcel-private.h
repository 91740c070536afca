/* parcel-private.h - what writing and reading parcels share */
#ifndef QAMI_PARCEL_PRIVATE_H
#define QAMI_PARCEL_PRIVATE_H

#include <openssl/evp.h>
#include <string.h>

#include "images/base/bytes.h"
#include "images/base/digest.h"
#include "images/base/packer.h"
#include "images/parcel/parcel.h"

#define VERSION 1
#define VERSION_SEALED 2
#define VERSION_DENSE 3
#define VERSION_DENSE_SEALED 4
#define SALT_SIZE 32 /* behind the header of a sealed one */
#define TAG_SIZE 16
#define DENSE_PARTS 4
#define DENSE_BLOCK (DENSE_PARTS * PARCEL_BLOCK)
#define PARTS_SHIFT 56 /* above a dense block's number */
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

/* Of which kind a parcel is. */
struct form {
	bool dense, sealed;
	unsigned parts;	  /* of a block, PARCEL_BLOCK each: 1 unless dense */
	size_t block;	  /* its bytes */
	size_t data_most; /* … and of its data, at most */
	size_t salt;	  /* between the header and the metadata, bytes */
};
struct form form_make(bool dense, bool sealed);

/* Whether the first PARCEL_HEADER bytes are those of a parcel, and of which
 * kind. */
bool header_check(const uint8_t *header, struct form *ret_form,
		  struct error *err) must_check;

/* Whether the metadata are those of a header. */
bool metadata_check(const uint8_t *header, const char *metadata,
		    struct error *err) must_check;

/* What a block's head and the index have as its number: that, and a bit for
 * each part of it that is not zeros. */
static inline uint64_t form_number(const struct form *form, uint64_t field)
{
	return form->dense ? field & ((1ULL << PARTS_SHIFT) - 1) : field;
}

static inline unsigned form_parts(const struct form *form, uint64_t field)
{
	return form->dense ? (unsigned)(field >> PARTS_SHIFT) : 1;
}

/* Whether a disk of `size` bytes may have a block with that as its number. */
bool form_fits(const struct form *form, uint64_t field, uint64_t size);

/* The digest of a block that is not sealed, of its parts that are not zeros;
 * false when it has others than it says. */
bool form_digest(const struct form *form, uint64_t field, const uint8_t *block,
		 uint8_t ret_digest[SHA256_SIZE]) must_check;

static inline bool is_zero(const uint8_t *data, size_t size)
{
	return !size || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* What seals the blocks of one parcel, and opens them; for one thread. */
struct sealer;
bool sealer_open(const struct secret *key, const uint8_t salt[SALT_SIZE],
		 struct sealer **ret_sealer, struct error *err) must_check;
void sealer_free(struct sealer *sealer);

/* Seals some bytes into TAG_SIZE more; 0: memory ran out. */
size_t sealer_seal(struct sealer *sealer, uint32_t disk, uint64_t number,
		   const uint8_t *data, size_t size, uint8_t *ret_data);

/* Opens what was sealed so, into TAG_SIZE fewer; false for anything else. */
bool sealer_unseal(struct sealer *sealer, uint32_t disk, uint64_t number,
		   const uint8_t *data, size_t size, uint8_t *ret_data);

/* What of a dense block lies where: before it is packed it is a plan, and the
 * pieces that are its own. */
#define PIECE 4096
#define PIECES (DENSE_BLOCK / PIECE)
#define SOURCES 4
#define NO_SOURCE UINT32_MAX
#define PLAN_SIZE (SOURCES * 4 + PIECES * 2)
#define WOVEN_MOST (PLAN_SIZE + DENSE_BLOCK)

static inline uint32_t plan_source(const uint8_t *plan, unsigned source)
{
	return get32(plan + source * 4);
}

/* 0: the piece is the block's own. */
static inline unsigned plan_piece(const uint8_t *plan, unsigned piece)
{
	return get16(plan + SOURCES * 4 + piece * 2);
}

/* A plan by which all pieces are the block's own. */
void plan_plain(uint8_t ret_plan[PLAN_SIZE]);

/* What a disk had so far, as far back as some memory goes; for one thread. */
struct fold;
bool fold_open(struct fold **ret_fold, struct error *err) must_check;
void fold_free(struct fold *fold);

/* Another disk begins. */
void fold_begin(struct fold *fold);

/* Plans the disk's next block, of DENSE_BLOCK bytes. */
void fold_plan(struct fold *fold, uint32_t number, const uint8_t *block,
	       uint8_t ret_plan[PLAN_SIZE]);

/* Makes of it what is to be packed, and says how many bytes. */
size_t fold_weave(const uint8_t *plan, const uint8_t *block,
		  uint8_t ret_woven[WOVEN_MOST]);

/* Makes dense blocks of their data. `find` gives those of another block of the
 * disk, without their seal, borrowed until it is called again. */
struct unfold;
struct unfold_find {
	bool (*find)(void *data, uint64_t number, const uint8_t **ret_data,
		     size_t *ret_size, struct error *err);
	void *data;
};
bool unfold_open(const struct unfold_find *find, struct unfold **ret_unfold,
		 struct error *err) must_check;
void unfold_free(struct unfold *unfold);

/* Another disk begins, whose numbers mean other blocks. */
void unfold_begin(struct unfold *unfold);

/* Unpacks a block; FAULT_INVALID_PARAMETER when its data are none. */
bool unfold_block(struct unfold *unfold, uint64_t number, const uint8_t *data,
		  size_t size, uint8_t *ret_block, struct error *err)
	must_check;

/* Threads that pack blocks, in the order in which they are written. */
struct press;
struct pressed {
	uint64_t field; /* its number, as form_number() has it */
	size_t size;	/* of the data; 0: the block is zeros */
	const uint8_t *data;
	const uint8_t *digest;
};
bool press_open(const struct parcel_way *way, const struct form *form,
		const uint8_t salt[SALT_SIZE], struct press **ret_press,
		struct error *err) must_check;
void press_free(struct press *press);

/* A disk begins: its number, and who checks its blocks. */
void press_disk(struct press *press, uint32_t disk,
		const struct parcel_watch *watch);

/* Room for the next block, once one that press_take() must see first is away:
 * NULL while there is none. */
uint8_t *press_room(struct press *press);

/* What is in the room is the block of that number. */
void press_give(struct press *press, uint64_t number);

/* The oldest block that was given, packed: waits for it. *ret_found is false
 * when there is none; its room is free from the next call on. */
bool press_take(struct press *press, struct pressed *ret_pressed,
		bool *ret_found, struct error *err) must_check;

/* Waits until no block is being packed, and forgets all that were given. */
void press_drop(struct press *press);

#endif
