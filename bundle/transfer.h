/* transfer.h - bundles to and from buckets: parts first, the manifest last
 *
 * A manifest in a bucket says that its bundle is complete. What is there
 * already, with the right size and digest, is not sent or fetched again.
 */
#ifndef QAMI_BUNDLE_TRANSFER_H
#define QAMI_BUNDLE_TRANSFER_H

#include "bundle/bucket.h"
#include "bundle/manifest.h"
#include "bundle/unpack.h"

struct transfer {
	struct bucket *bucket;
	const char *prefix;    /* of keys, without slashes at its ends; "" */
	const char *acl;       /* NULL: aws-exec-read */
	const char *directory; /* upload: where the parts are; NULL: beside
				* the manifest */
	unsigned parallel;     /* parts at a time; 0: 4 */
	size_t first_part;     /* upload: begin with this index */
	bool no_manifest;      /* upload: parts only */
	const bool *cancel;    /* set by another thread to stop; NULL: never */
	void (*progress)(void *data, uint64_t done, uint64_t total);
	void *watch_data;
};

/* Uploads a manifest's file and the parts beside it. Each part's digest is
 * checked on the way out: FAULT_INVALID_MANIFEST when one is not what the
 * manifest says. An older manifest of that name goes before the parts. */
bool bundle_upload(const struct transfer *transfer, const char *manifest,
		   struct error *err) must_check;

/* Downloads a manifest (a key's last component) and its parts into a
 * directory; the manifest gets its name last. What is there under one of the
 * names and is something else is FAULT_INVALID_PARAMETER and stays, as a name
 * that begins with '.' is FAULT_INVALID_MANIFEST. */
bool bundle_download(const struct transfer *transfer, const char *manifest,
		     const char *directory, struct error *err) must_check;

/* Removes a bundle's manifest, then its parts; where only parts are left, those
 * whose names the manifest's has. FAULT_KEY_NOT_FOUND when there are none. */
bool bundle_delete(const struct transfer *transfer, const char *manifest,
		   struct error *err) must_check;

/* Reads the manifest at a key, and makes `ret_parts` open the parts beside it
 * (one fetched ahead into `scratch` where they are on a server). `arena` holds
 * all of it; closed by parts_close(). */
bool bundle_open(struct bucket *bucket, const char *key, const char *scratch,
		 struct arena *arena, struct manifest *ret_manifest,
		 struct parts *ret_parts, struct error *err) must_check;
void parts_close(struct parts *parts);

#endif
