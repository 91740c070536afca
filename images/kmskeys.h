/* kmskeys.h - making keys, aliases and grants, and doing away with them
 *
 * What the calls of the key service do. An account changes its own keys only;
 * its AWS managed one changes nobody (FAULT_KMS_DENIED). Each verb names a key
 * by id or ARN, and says FAULT_KMS_KEY_NOT_FOUND of others' as of none.
 */
#ifndef QAMI_IMAGES_KMSKEYS_H
#define QAMI_IMAGES_KMSKEYS_H

#include "images/kms.h"

#define KMS_KEYS_MOST 10000 /* of an account */
#define KMS_ALIASES_MOST 50 /* of a key */
#define KMS_GRANTS_MOST 5000

/* How many days a key waits for its deletion. */
#define KMS_WAIT_LEAST 7
#define KMS_WAIT_MOST 30

/* A key of the caller's, by id or ARN, of his own making or not. */
bool kms_own(const struct call *call, const char *name, struct arena *arena,
	     struct kms_key *ret_key, struct error *err) must_check;

/* Makes a key; FAULT_RESOURCE_LIMIT. Texts are the arena's and the caller's. */
bool kms_create(const struct call *call, const char *description,
		struct arena *arena, struct kms_key *ret_key, struct error *err)
	must_check;

/* Enables or disables one; what is open already stays so. FAULT_KMS_KEY_STATE
 * of one that waits for its deletion. */
bool kms_enable(const struct call *call, const char *name, bool enabled,
		struct error *err) must_check;

/* Lets one go in so many days, or keeps it after all, disabled; ret_key is what
 * it is then. FAULT_KMS_KEY_STATE where it is the other way round. */
bool kms_schedule_deletion(const struct call *call, const char *name,
			   int64_t days, struct arena *arena,
			   struct kms_key *ret_key, struct error *err)
	must_check;
bool kms_cancel_deletion(const struct call *call, const char *name,
			 struct arena *arena, struct kms_key *ret_key,
			 struct error *err) must_check;

/* Erases the material of all keys whose time has come, for good: what was
 * encrypted under them is lost. Whoever opens the store does so; costs one
 * look-up when there is none. */
bool kms_sweep(struct call *call, struct error *err) must_check;

/* Gives a key another name, "alias/…", or takes it away. */
bool kms_name(const struct call *call, const char *alias, const char *key,
	      struct error *err) must_check;
bool kms_unname(const struct call *call, const char *alias, struct error *err)
	must_check;

/* What an account is to be allowed with a key. */
struct kms_grant_request {
	const char *key;
	const char *grantee; /* an account's number */
	const char *name;    /* "": none; a second grant of the same name and
			      * for the same is the first one */
	int64_t operations;  /* bits */
};

/* Allows it. Who owns the key may allow anything, who is allowed to grant what
 * he is himself allowed (FAULT_KMS_DENIED else). The id is 64 digits. */
bool kms_grant(const struct call *call, const struct kms_grant_request *request,
	       char ret_id[GRANT_ID_SIZE], struct error *err) must_check;
bool kms_revoke(const struct call *call, const char *key, const char *id,
		struct error *err) must_check;

#endif
