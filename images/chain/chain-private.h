/* chain-private.h - what the files of this room share
 *
 * A file comes into the store in one way only: as a draft, built under the
 * temporary name "new-<name>" and published by fsync, rename and fsync of the
 * directory. A draft that is not published is removed when its scope ends.
 */
#ifndef QAMI_CHAIN_PRIVATE_H
#define QAMI_CHAIN_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "images/base/auto.h"
#include "images/base/error.h"
#include "images/chain/chain.h"
#include "images/chain/secret.h"

#define DRAFT_PREFIX "new-"
#define DRAFT_NAME_SIZE (LAYER_NAME_SIZE + sizeof(DRAFT_PREFIX))
#define SECTOR 512U

/* What a layer's file is called until all of it is there (filling.h). */
#define FILLING_PREFIX "filling-"
#define FILLING_NAME_SIZE (LAYER_NAME_SIZE + sizeof(FILLING_PREFIX))

AUTO_DEFINE(chain, chain_close)

struct chain {
	char *path; /* absolute, without symbolic links */
	int fd;	    /* the directory; every file is reached through it */
	layer_secret_fn *secrets; /* whom to ask for keys, or NULL */
	void *secrets_data;
	bool (*wake)(void *data, const char *layer, struct error *err);
	void *wake_data; /* filling.h's */
};

/* A file that is being built. `fd` is open for reading and writing. */
struct draft {
	const struct chain *chain;
	int fd;
	char name[DRAFT_NAME_SIZE]; /* "" when there is nothing to undo */
};

#define DRAFT_INIT           \
	{                    \
		NULL, -1, "" \
	}

/* The format that a layer's name says; false when it is no layer name. */
bool layer_name_format(const char *name, enum layer_format *ret_format);

/* As layer_name_format(), FAULT_INTERNAL when it is none: names are ours. */
bool layer_name_check(const char *name, struct error *err) must_check;

/* Opens a layer's file for reading, through no symbolic link, and looks at it;
 * caller closes; -1 when it is no file. */
int layer_open(const struct chain *chain, const char *name, struct stat *ret_st,
	       struct error *err) must_check;

/* Opens a layer for the sake of its header alone, also one that is still being
 * filled; -1 with errno. Nobody reads a disk's bytes from it. */
int filling_head(int dir, const char *name);

/* The key of a layer, or of a draft of one; all zeros when it has none. */
bool secret_find(const struct chain *chain, const char *file,
		 struct layer_secret *ret_secret, struct error *err) must_check;

/* The same where the header has said whether the file is encrypted:
 * FAULT_INTERNAL when that and the key contradict each other. */
bool secret_of(const struct chain *chain, const char *file, bool encrypted,
	       struct layer_secret *ret_secret, struct error *err) must_check;

/* Whether two layers have the same key, or none both. */
bool secret_shared(const struct chain *chain, const char *left,
		   const char *right, bool *ret_shared, struct error *err)
	must_check;

/* Makes what the directory says durable. */
bool chain_flush(const struct chain *chain, struct error *err) must_check;

/* The mode of a frozen layer: libvirt lends it, nobody writes it. */
#define FROZEN_MODE 0400

/* Makes the temporary file of a layer, 0600, in place of one that a dead
 * process left under that name. */
bool draft_open(const struct chain *chain, const char *name,
		struct draft *ret_draft, struct error *err) must_check;

/* Makes the draft durable under its own name with `mode`. A name that exists
 * is FAULT_INTERNAL. The descriptor stays open. */
bool draft_publish(struct draft *draft, mode_t mode, struct error *err)
	must_check;

/* As draft_publish(), in place of the layer that has the name. */
bool draft_replace(struct draft *draft, mode_t mode, struct error *err)
	must_check;

/* Closes, and removes what was not published; none and twice are fine. */
void draft_done(struct draft *draft);

#define auto_draft __attribute__((cleanup(draft_done))) struct draft

/* Renames without replacing, also where the filesystem knows no such thing;
 * false with errno. */
bool rename_new(int from_dir, const char *from, int to_dir, const char *to);

/* Calls `found` with the name of each file in a directory, named from the
 * layer directory. */
bool chain_each_in(const struct chain *chain, const char *where,
		   void (*found)(void *data, const char *name), void *data,
		   struct error *err) must_check;

/* A private, nameless copy of a file, in the layer directory; the caller
 * closes it. */
bool copy_private(struct chain *chain, int fd, uint64_t size, int *ret_copy,
		  struct error *err) must_check;

/* Writes all of some bytes into the file of a layer that is being made. */
bool layer_write(int fd, const void *data, size_t size, uint64_t offset,
		 struct error *err) must_check;

/* Rounds up to whole sectors. */
static inline uint64_t sectors_up(uint64_t bytes)
{
	return (bytes + SECTOR - 1) / SECTOR * SECTOR;
}

#endif
