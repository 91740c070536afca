/* keypair.h - the key_pair table: public keys by an account's names for them
 *
 * A private key is nobody's but the caller's who was given it once.
 */
#ifndef QAMI_REGISTRY_KEYPAIR_H
#define QAMI_REGISTRY_KEYPAIR_H

#include "images/base/clock.h"
#include "images/registry/db.h"
#include "images/registry/query.h"

struct key_pair {
	int64_t seq;
	const char *id; /* "key-…" */
	const char *owner;
	const char *name; /* unique within the account */
	const char *type; /* "rsa" or "ed25519" */
	const char *fingerprint;
	const char *public_key; /* "ssh-… AAAA…", without a comment */
	usec_t created;
};

bool key_pair_insert(struct db *db, const struct key_pair *pair,
		     struct error *err) must_check;
bool key_pair_get(struct db *db, const char *id, struct arena *arena,
		  struct key_pair *ret_pair, bool *ret_found, struct error *err)
	must_check;
bool key_pair_named(struct db *db, const char *owner, const char *name,
		    struct arena *arena, struct key_pair *ret_pair,
		    bool *ret_found, struct error *err) must_check;
bool key_pair_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Calls `row` for each pair that the account owns and the query asks for. The
 * row lives for the call. */
bool key_pair_list(struct db *db, const struct query *query,
		   bool (*row)(void *data, const struct key_pair *pair,
			       struct error *err),
		   void *data, struct error *err) must_check;

#endif
