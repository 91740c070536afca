/* kmskey.h - the kms_key table: keys of the key service, sealed
 *
 * Sealed bytes only: what they are sealed with is no business of this room.
 */
#ifndef QAMI_REGISTRY_KMSKEY_H
#define QAMI_REGISTRY_KMSKEY_H

#include <stdint.h>

#include "images/base/cipher.h"
#include "images/base/clock.h"
#include "images/registry/db.h"

struct kms_key {
	int64_t seq;
	const char *id; /* a UUID */
	const char *owner;
	const char *manager; /* "AWS": made for an account; "CUSTOMER" */
	const char *description;
	const char *state; /* "Enabled", "Disabled", "PendingDeletion"; or
			    * "Deleted", which is there for those alone that
			    * have its id from a row */
	usec_t deletion;   /* of the material; 0: none is due */
	struct sealed_key sealed; /* zeroes when it is deleted */
	usec_t created;
};

bool kms_key_insert(struct db *db, const struct kms_key *key, struct error *err)
	must_check;

/* By id, whoever owns it and in whatever state. */
bool kms_key_get(struct db *db, const char *id, struct arena *arena,
		 struct kms_key *ret_key, bool *ret_found, struct error *err)
	must_check;

/* The one that an account did not make itself. */
bool kms_key_default(struct db *db, const char *owner, struct arena *arena,
		     struct kms_key *ret_key, bool *ret_found,
		     struct error *err) must_check;

/* An account's, or with `owner` NULL all, but those that are deleted or were
 * to be before `now`; those after that seq, in the order in which they were
 * made, at most `most`. */
bool kms_key_list(struct db *db, const char *owner, usec_t now, int64_t after,
		  int64_t most,
		  bool (*row)(void *data, const struct kms_key *key,
			      struct error *err),
		  void *data, struct error *err) must_check;

/* How many an account has made and not deleted. */
bool kms_key_count(struct db *db, const char *owner, int64_t *ret_count,
		   struct error *err) must_check;

/* `deletion` is 0 unless the state is "PendingDeletion". */
bool kms_key_set_state(struct db *db, const char *id, const char *state,
		       usec_t deletion, struct error *err) must_check;

/* Whether there is a key whose material is to be erased by now; reads only. */
bool kms_key_is_due(struct db *db, usec_t now, bool *ret_due, struct error *err)
	must_check;

/* Erases the material of those, and forgets their aliases and grants; in a
 * transaction of the caller's. */
bool kms_key_erase(struct db *db, usec_t now, struct error *err) must_check;

#endif
