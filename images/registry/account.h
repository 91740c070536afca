/* account.h - the account table: who may own something */
#ifndef QAMI_REGISTRY_ACCOUNT_H
#define QAMI_REGISTRY_ACCOUNT_H

#include <sys/types.h>

#include "images/base/clock.h"
#include "images/registry/db.h"

#define ACCOUNT_NOBODY ((uid_t)-1)

struct account {
	const char *id;
	const char *name; /* NULL: it has none */
	uid_t user;	  /* of this host; ACCOUNT_NOBODY: none */
	usec_t created;
};

/* Whether the text is an account's number: 12 digits. */
bool account_valid(const char *id);

/* Makes sure that there is an account of that number, which must be valid.
 * Reads first, so that calls which change nothing take no lock. */
bool account_ensure(struct db *db, const char *id, struct error *err)
	must_check;

/* Gives an account that is there, but has neither name nor user, these. */
bool account_set(struct db *db, const struct account *account,
		 struct error *err) must_check;

/* Each fetches the one account of that number, name or user. */
bool account_get(struct db *db, const char *id, struct arena *arena,
		 struct account *ret_account, bool *ret_found,
		 struct error *err) must_check;
bool account_named(struct db *db, const char *name, struct arena *arena,
		   struct account *ret_account, bool *ret_found,
		   struct error *err) must_check;
bool account_with_user(struct db *db, uid_t user, struct arena *arena,
		       struct account *ret_account, bool *ret_found,
		       struct error *err) must_check;

/* What an account encrypts without being asked to. */
struct ebs_default {
	bool encrypted;	     /* new volumes, and copies of snapshots */
	const char *kms_key; /* an id; NULL: its AWS managed key */
};

bool ebs_default_get(struct db *db, const char *account, struct arena *arena,
		     struct ebs_default *ret_default, struct error *err)
	must_check;
bool ebs_default_set(struct db *db, const char *account,
		     const struct ebs_default *value, struct error *err)
	must_check;

/* All accounts, by their numbers. */
bool account_list(struct db *db,
		  bool (*row)(void *data, const struct account *account,
			      struct error *err),
		  void *data, struct error *err) must_check;

#endif
