/* cache.h - what bundles unpack to, once each: <store>/cache/<digest>.raw
 *
 * A file is there whole or not at all, frozen (0400), and found by the digest
 * in its image's row. Whatever no instance stands on can be dropped at any
 * time: the next launch unpacks it again. What is used is told by the registry
 * alone; which was used last by the file's time of change.
 */
#ifndef QAMI_IMAGES_CACHE_H
#define QAMI_IMAGES_CACHE_H

#include "images/registry/image.h"
#include "images/store.h"

/* The absolute path of an unpacked image; caller frees; NULL when memory ran
 * out. */
char *cache_path(const struct store *store, const char *digest);

/* Makes sure that an instance-store image is unpacked; whoever else unpacks it
 * is waited for. The caller's rows say already that they use it, so that it
 * stays. Then trims the cache. Faults: those of bundled_unpack(). */
bool cache_fill(struct call *call, const struct image *image, struct error *err)
	must_check;

/* How many bytes of unpacked images are kept that nobody uses now:
 * QAMI_CACHE_SIZE, with K, M, G or T behind it, else 10 GiB. */
uint64_t cache_most(void);

/* Drops what nobody uses, the longest unused first, until the cache takes no
 * more than `most` bytes on the disk. */
bool cache_trim(struct call *call, uint64_t most, unsigned *ret_files,
		uint64_t *ret_bytes, struct error *err) must_check;

/* Removes what processes that died had half unpacked. */
bool cache_sweep(struct call *call, struct error *err) must_check;

/* What the cache holds now: images and bytes on the disk. */
bool cache_measure(struct call *call, unsigned *ret_files, uint64_t *ret_bytes,
		   struct error *err) must_check;

/* For fsck: tells of instances whose scratch disks, or what these stand on,
 * are missing, and of files beside them that nobody knows; these go to
 * lost+found with `repair`. */
bool cache_check(struct call *call, bool repair,
		 void (*found)(void *data, const char *subject,
			       const char *text, bool repaired),
		 void *data, struct error *err) must_check;

#endif
