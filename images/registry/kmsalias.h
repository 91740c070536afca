/* kmsalias.h - the kms_alias table: an account's names for keys */
#ifndef QAMI_REGISTRY_KMSALIAS_H
#define QAMI_REGISTRY_KMSALIAS_H

#include "images/base/clock.h"
#include "images/registry/db.h"

struct kms_alias {
	int64_t seq;
	const char *owner;
	const char *name; /* "alias/…" */
	const char *key;
	usec_t created;
};

bool kms_alias_insert(struct db *db, const struct kms_alias *alias,
		      struct error *err) must_check;
bool kms_alias_get(struct db *db, const char *owner, const char *name,
		   struct arena *arena, struct kms_alias *ret_alias,
		   bool *ret_found, struct error *err) must_check;

/* An account's, with `key` not NULL that key's alone; those after that seq, in
 * the order in which they were made, at most `most`. */
bool kms_alias_list(struct db *db, const char *owner, const char *key,
		    int64_t after, int64_t most,
		    bool (*row)(void *data, const struct kms_alias *alias,
				struct error *err),
		    void *data, struct error *err) must_check;

/* How many a key has. */
bool kms_alias_count(struct db *db, const char *key, int64_t *ret_count,
		     struct error *err) must_check;
bool kms_alias_delete(struct db *db, const char *owner, const char *name,
		      struct error *err) must_check;

#endif
