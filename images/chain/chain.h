/* chain.h - the layers of a store: qcow2 files with at most one parent each
 *
 * A layer is named by its file's name, "layer-<17 hex>.qcow2" or ".raw" (only
 * a bottom may be raw). Names are chosen by the caller, journalled before the
 * file is made, and relative, so that the store can move. An active layer
 * (0600) belongs to one volume; a frozen one (0400) never changes again. All
 * files lie in one directory of mode 0711. The format is the caller's word;
 * nothing here probes. Only this room runs qemu-img.
 */
#ifndef QAMI_CHAIN_CHAIN_H
#define QAMI_CHAIN_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "images/base/error.h"
#include "images/chain/secret.h"

#define LAYER_NAME_SIZE 48

enum layer_format { LAYER_QCOW2, LAYER_RAW };

/* A layer as far as this room needs to know it. */
struct layer_ref {
	const char *name;
	enum layer_format format;
};

/* What the header of a foreign disk image says. */
struct disk_header {
	enum layer_format format; /* of the layer that it becomes */
	const char *driver;	  /* QEMU's: "raw", "qcow2", "vmdk" or "vpc" */
	uint64_t virtual_size;	  /* bytes, a multiple of 512 */
	uint64_t file_size;	  /* bytes */
};

/* How far a long copy is; `done` of `total` bytes. */
typedef void (*progress_fn)(void *data, uint64_t done, uint64_t total);

struct chain;

/* Opens (and makes, when missing) the layer directory. */
bool chain_open(const char *dir, struct chain **ret_chain, struct error *err)
	must_check;
void chain_close(struct chain *chain);

/* A fresh layer name of that format. */
void layer_name_new(enum layer_format format, char ret_name[LAYER_NAME_SIZE]);

/* The absolute path of a layer; caller frees; NULL when memory ran out. */
char *layer_path(const struct chain *chain, const char *name);

/* "qcow2" or "raw". */
const char *layer_format_name(enum layer_format format);

/* Makes an active layer over `parent` (NULL: an empty disk) of `size` bytes,
 * rounded up to 512 and at least the parent's (FAULT_INVALID_PARAMETER). It is
 * durable when this returns: built under a temporary name, fsync, rename, fsync
 * of the directory. Making one that exists is FAULT_INTERNAL. It is encrypted
 * when there is a key for its name (chain_set_secrets()) or the parent is
 * encrypted, by the parent's key then. */
bool layer_create(struct chain *chain, const char *name,
		  const struct layer_ref *parent, uint64_t size,
		  struct error *err) must_check;

/* As layer_create(), encrypted by a key whatever the parent is: for a layer
 * that no row knows yet. */
bool layer_create_encrypted(struct chain *chain, const char *name,
			    const struct layer_ref *parent, uint64_t size,
			    const struct layer_secret *secret,
			    struct error *err) must_check;

/* Whether what a layer holds itself is encrypted, as its header says. */
bool layer_encrypted(const struct chain *chain, const char *name,
		     bool *ret_encrypted, struct error *err) must_check;

/* The same, of clusters that are there as a whole or not at all: what QEMU is
 * to copy into while a guest writes it must be one (layer_is_whole()), and the
 * guest's first small writes are slower for it. */
bool layer_create_whole(struct chain *chain, const char *name,
			const struct layer_ref *parent, uint64_t size,
			struct error *err) must_check;

/* Whether QEMU may copy what is below a qcow2 layer into it while a guest
 * writes: QEMU 7.2 ends itself when it meets a cluster whose first part alone
 * was written, so there must be no parts. */
bool layer_is_whole(struct chain *chain, const char *name, bool *ret_whole,
		    struct error *err) must_check;

/* Makes an active qcow2 layer that no process has open larger, to `size` bytes,
 * rounded up to 512; durable when it returns. One that is as large is left
 * alone, so that it may be done again after a crash. FAULT_VOLUME_IN_USE when
 * somebody has it open. */
bool layer_grow(struct chain *chain, const char *name, uint64_t size,
		struct error *err) must_check;

/* Declares that an active layer will not change again: 0400, flushed.
 * Idempotent. The caller has made sure that nobody writes. */
bool layer_freeze(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Takes layer_freeze() back, for a volume whose snapshot came to nothing. */
bool layer_thaw(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Removes a layer and anything half built under that name. One that is not
 * there is no error. Refuses (FAULT_VOLUME_IN_USE) while a process holds the
 * file open. */
bool layer_remove(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Removes only what is half built under that name, a draft. */
bool layer_undraft(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Whether the (whole, durable) layer is there. */
bool layer_exists(const struct chain *chain, const char *name);

/* What the file of a layer is like, for those who check a store. */
struct layer_file {
	bool regular;	 /* with one name, and not a link or the like */
	uint32_t mode;	 /* permission bits */
	uint32_t owner;	 /* user id */
	int64_t changed; /* seconds since 1970 */
	uint64_t bytes;	 /* on the disk */
};

/* Looks at any file of the layer directory; *ret_found is false when there is
 * none of that name. */
bool chain_file(const struct chain *chain, const char *name,
		struct layer_file *ret_file, bool *ret_found, struct error *err)
	must_check;

/* The virtual size that a layer's own header (raw: its length) says. */
bool layer_size(const struct chain *chain, const struct layer_ref *layer,
		uint64_t *ret_size, struct error *err) must_check;

/* Gives a layer's file the mode it shall have: frozen 0400, active 0600. */
bool layer_mode(struct chain *chain, const char *name, bool frozen,
		struct error *err) must_check;

/* Moves a file out of the layer directory into `dir`, which is made if it is
 * missing, keeping its name; one that a process has open is
 * FAULT_VOLUME_IN_USE. */
bool chain_lose(struct chain *chain, const char *name, const char *dir,
		struct error *err) must_check;

/* The layer that a file of the directory is, or is a draft of; false when the
 * name is neither. */
bool layer_of_file(const char *file, char ret_layer[LAYER_NAME_SIZE]);

/* The bytes that a layer's file takes on the disk. */
bool layer_stored(const struct chain *chain, const char *name,
		  uint64_t *ret_bytes, struct error *err) must_check;

/* Reads the header of a foreign image by our own parser, before any other
 * tool sees it. Refuses (FAULT_IMPORT_FORMAT, with a sentence why) everything
 * of safety 2, threats 1-7: backing files, external data files, unknown
 * feature bits, internal snapshots, encryption, bitmaps, nested or unknown
 * formats, absurd sizes. `declared` is "raw", "qcow2", "vmdk", "vhd" (those of
 * one file: images/chain/foreign.h) or NULL to decide by the magic: qcow2's, no
 * known one for raw. `most` bounds the virtual size. */
bool disk_header_read(int fd, const char *declared, uint64_t most,
		      struct disk_header *ret_header, struct error *err)
	must_check;

/* Takes a foreign image, checked by disk_header_read(), in as a frozen layer
 * without parent. raw: by reflink, else copying what is neither a hole nor
 * zero; others: always converted into a file of ours by a confined qemu-img,
 * after its tables were checked as well (FAULT_IMPORT_FORMAT). The result is
 * durable. `fd` is open for reading only: a qcow2 that anybody has open for
 * writing is FAULT_INVALID_PARAMETER, and one that `fd` itself could write is
 * copied first. `progress` may be NULL and is called in this thread.
 * FAULT_VOLUME_CAPACITY when the disk fills, and nothing is left behind. */
bool layer_import(struct chain *chain, const char *name, int fd,
		  const struct disk_header *header, progress_fn progress,
		  void *data, struct error *err) must_check;

/* As layer_import(), into a layer encrypted by a key, `name` a qcow2's whatever
 * the image is: nothing of that is in clear in any file. So it is not copied
 * first: where it cannot be held still otherwise (its owner is somebody else,
 * or the filesystem has no leases) it is FAULT_INVALID_PARAMETER. A raw one is
 * read as it is then. */
bool layer_import_encrypted(struct chain *chain, const char *name, int fd,
			    const struct disk_header *header,
			    const struct layer_secret *secret,
			    progress_fn progress, void *data, struct error *err)
	must_check;

/* The opposite: writes what a frozen layer shows, with all below it, as "raw"
 * (with holes), "qcow2", "vmdk" (streamOptimized) or "vpc" (dynamic VHD) to a
 * file that is made or emptied. Its place is the caller's to choose, absolute.
 * Not flushed. The first call of `progress`, which may be NULL, says that all
 * files of the chain are open. */
bool layer_export(const struct chain *chain, const struct layer_ref *layer,
		  const char *format, const char *path, progress_fn progress,
		  void *data, struct error *err) must_check;

/* As layer_import() of a raw image, but by renaming the file into the store:
 * `path` must be the file behind `fd`, regular, with one link, open for
 * writing nowhere (`fd` neither) and on the store's filesystem;
 * FAULT_INVALID_PARAMETER says which of these is not so. Who dies in it leaves
 * either the file under `path` as it was, or one under the layer's name that
 * layer_move_finish() is to be called for. */
bool layer_move_in(struct chain *chain, const char *name, const char *path,
		   int fd, struct error *err) must_check;

/* Makes a layer of what a killed layer_move_in() left under its name; one that
 * is whole stays as it is. FAULT_INVALID_PARAMETER while somebody has it open
 * for writing. */
bool layer_move_finish(struct chain *chain, const char *name, struct error *err)
	must_check;

/* Makes an empty sparse raw file, 0600, durable: a scratch disk. */
bool scratch_create(const char *path, uint64_t size, struct error *err)
	must_check;

/* Makes an empty qcow2 disk over an unchanging one, 0600, durable: a scratch
 * disk that begins as a copy. `base` is relative to the directory of `path`,
 * and what it is called in the header; the size is the base's. With
 * `whole` its clusters are there as a whole or not at all: a machine whose QEMU
 * is to copy into the disk what is below it while the guest goes on needs that;
 * QEMU 7.2 does not survive it with any other. */
bool scratch_create_over(const char *path, const char *base,
			 enum layer_format format, bool whole,
			 struct error *err) must_check;

/* Calls `found` with the name of every file in the layer directory, temporary
 * ones included; for garbage collection. */
bool chain_each_file(struct chain *chain,
		     void (*found)(void *data, const char *name), void *data,
		     struct error *err) must_check;

#endif
