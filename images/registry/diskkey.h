/* diskkey.h - the disk_key table: what layers are encrypted with, sealed */
#ifndef QAMI_REGISTRY_DISKKEY_H
#define QAMI_REGISTRY_DISKKEY_H

#include "images/base/cipher.h"
#include "images/base/clock.h"
#include "images/registry/db.h"

struct disk_key {
	const char *id; /* a UUID */
	const char *kms_key;
	struct sealed_key sealed;
	usec_t created;
};

bool disk_key_insert(struct db *db, const struct disk_key *key,
		     struct error *err) must_check;
bool disk_key_get(struct db *db, const char *id, struct arena *arena,
		  struct disk_key *ret_key, bool *ret_found, struct error *err)
	must_check;

/* All of the store's. */
bool disk_key_list(struct db *db,
		   bool (*row)(void *data, const struct disk_key *key,
			       struct error *err),
		   void *data, struct error *err) must_check;

/* Forgets one, unless a layer or an object of the archive names it. */
bool disk_key_forget(struct db *db, const char *id, struct error *err)
	must_check;

/* Forgets those that were made before then and that neither a layer names, nor
 * an object of the archive, nor the payload of an operation that is under way.
 */
bool disk_key_sweep(struct db *db, usec_t before, struct error *err) must_check;

#endif
