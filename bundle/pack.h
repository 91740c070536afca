/* pack.h - a disk becomes the parts of a bundle, in one pass
 *
 * tar | deflate | AES-128-CBC | split, with every digest on the way. Deflate
 * runs on all cores and still gives one gzip member, because readers stop
 * behind the first. Memory is constant; holes are never read.
 */
#ifndef QAMI_BUNDLE_PACK_H
#define QAMI_BUNDLE_PACK_H

#include "bundle/key.h"
#include "bundle/manifest.h"
#include "images/base/source.h"

/* What to pack, and how. All borrowed. */
struct pack {
	struct source *source; /* at least 1 byte */
	const char *prefix;    /* of the parts' and the manifest's names */
	const struct manifest *about; /* what the caller knows: name, user,
				       * type, architecture, mapping … */
	const struct rsa *user;	      /* who may unbundle; NULL: nobody */
	const struct rsa *ec2;	      /* who may launch; NULL: as user */
	const struct rsa *signer;     /* private; NULL: unsigned */
	uint64_t part_size;	      /* bytes; 0: BUNDLE_PART_SIZE */
	int level;		      /* of deflate, 1 to 12; 0: the default */
	unsigned threads;	      /* 0: one a core */
	bool sparse; /* the archive's member keeps its holes (type S), which
		      * not every reader of this format understands */
	const bool *cancel; /* set by another thread to stop; NULL: never */
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *watch_data;
};

/* Packs into a directory: parts under temporary names, renamed when all are
 * written and synced, the manifest last. Whatever fails or is killed leaves no
 * manifest, and a failure no part either. FAULT_INVALID_PARAMETER when a file
 * of that bundle is there already. */
bool pack_directory(const struct pack *pack, const char *directory,
		    struct error *err) must_check;

/* Removes what a killed pack of that prefix left in a directory. */
bool pack_clean(const char *directory, const char *prefix, struct error *err)
	must_check;

#endif
