/* manifest.h - the XML that says what a bundle holds and how to open it
 *
 * Version 2007-10-10 is written, in the text form that every reader of this
 * format depends on; 3 and 2007-08-29 are read as well. What is read comes
 * from strangers: whatever is not exactly right is FAULT_INVALID_MANIFEST.
 */
#ifndef QAMI_BUNDLE_MANIFEST_H
#define QAMI_BUNDLE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/error.h"

#define MANIFEST_SIZE_MOST (5 << 20) /* bytes */
#define MANIFEST_PARTS_MOST 100000
#define BUNDLE_PART_SIZE (10 << 20)  /* bytes of each part but the last */
#define SHA1_TEXT_SIZE 41

struct manifest_mapping {
	const char *virtual_name; /* ami, root, swap, ephemeral0 … */
	const char *device;
};

struct manifest_part {
	const char *name;	     /* one path component */
	char digest[SHA1_TEXT_SIZE]; /* of the part's bytes */
};

/* Strings are borrowed, those of a manifest that was read from its arena; NULL
 * where the element is not there. */
struct manifest {
	const char *version; /* as read; NULL when writing */
	const char *bundler_name, *bundler_version, *bundler_release;
	const char *architecture; /* i386, x86_64 … */
	const struct manifest_mapping *mappings;
	size_t mapping_count;
	const char *kernel, *ramdisk; /* ids, or "true": this is one */
	const char *const *product_codes;
	size_t product_code_count;
	const char *name; /* the image's, and the archive member's */
	const char *user; /* 12 digits */
	const char *type; /* machine, kernel or ramdisk */
	const char *kernel_name;
	const char *const *ancestors;
	size_t ancestor_count;
	char digest[SHA1_TEXT_SIZE]; /* of the uncompressed archive */
	uint64_t size;		     /* of the image, bytes */
	uint64_t bundled_size;	     /* of all parts together, bytes */
	/* RSA's answers, hexadecimal; NULL or "" where there is none. */
	const char *ec2_key, *user_key, *ec2_iv, *user_iv;
	const struct manifest_part *parts; /* by index */
	size_t part_count;
	const char *signature; /* hexadecimal; NULL when writing or unsigned */
};

struct rsa; /* bundle/key.h */

/* Reads a manifest; `ret_signed` (may be NULL) gets the bytes that its
 * signature covers. */
bool manifest_parse(const char *text, size_t size, struct arena *arena,
		    struct manifest *ret_manifest, struct buf *ret_signed,
		    struct error *err) must_check;

/* As manifest_parse(), of a file of at most MANIFEST_SIZE_MOST bytes. */
bool manifest_read(int fd, struct arena *arena, struct manifest *ret_manifest,
		   struct buf *ret_signed, struct error *err) must_check;

/* Whether somebody with the key signed the bytes (RSA, SHA-1):
 * FAULT_INVALID_MANIFEST when not, or when there is no signature. */
bool manifest_verify(const struct manifest *manifest,
		     const struct buf *signed_text, const struct rsa *key,
		     struct error *err) must_check;

/* Appends the manifest's text, signed with the key; "UNSIGNED" without one. */
bool manifest_write(const struct manifest *manifest, const struct rsa *key,
		    struct buf *ret_text, struct error *err) must_check;

/* A part's name by the format's rule: the prefix, ".part.", and the index with
 * as many digits as the count has. Caller frees. */
char *manifest_part_name(const char *prefix, size_t index, size_t count);

/* Whether a bundle may be given this name: 1 to 200 of A-Za-z0-9._-, not
 * beginning with '-' or '.'. */
bool bundle_name_ok(const char *name);

#endif
