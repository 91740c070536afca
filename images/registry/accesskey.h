/* accesskey.h - the access_key table: what signs an account's requests */
#ifndef QAMI_REGISTRY_ACCESSKEY_H
#define QAMI_REGISTRY_ACCESSKEY_H

#include "images/base/clock.h"
#include "images/registry/db.h"

struct access_key {
	int64_t seq;
	const char *id; /* "AKIA" and 16 of A-Z2-7 */
	const char *account;
	const char *secret; /* 40 of base64's digits; never shown again */
	bool active;
	usec_t created;
};

bool access_key_insert(struct db *db, const struct access_key *key,
		       struct error *err) must_check;

/* Fetches a key that is there; disabled ones too. */
bool access_key_get(struct db *db, const char *id, struct arena *arena,
		    struct access_key *ret_key, bool *ret_found,
		    struct error *err) must_check;

/* An account's keys, in the order in which they were made. */
bool access_key_list(struct db *db, const char *account,
		     bool (*row)(void *data, const struct access_key *key,
				 struct error *err),
		     void *data, struct error *err) must_check;

/* How many of them there are. */
bool access_key_count(struct db *db, const char *account, int64_t *ret_count,
		      struct error *err) must_check;
bool access_key_set(struct db *db, const char *id, bool active,
		    struct error *err) must_check;
bool access_key_delete(struct db *db, const char *id, struct error *err)
	must_check;

#endif
