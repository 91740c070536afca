/* kms.h - the tables of the key service: keys, their aliases, grants, and the
 * disk keys that are sealed under them; what an account encrypts by default
 *
 * Sealed bytes only: what they are sealed with is no business of this room.
 */
#ifndef QAMI_REGISTRY_KMS_H
#define QAMI_REGISTRY_KMS_H

#include <stdint.h>

#include "images/base/clock.h"
#include "images/base/secret.h"
#include "images/registry/db.h"

/* A key under another one: a nonce, the bytes and a tag. */
#define KMS_SEALED_SIZE (12 + SECRET_SIZE + 16)

struct kms_sealed {
	uint8_t bytes[KMS_SEALED_SIZE];
};

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
	struct kms_sealed sealed;
	bool damaged; /* what is sealed is not even of the right size */
	usec_t created;
};

bool kms_key_insert(struct db *db, const struct kms_key *key, struct error *err)
	must_check;

/* By id, whoever owns it and in whatever state. */
bool kms_key_get(struct db *db, const char *id, struct arena *arena,
		 struct kms_key *ret_key, bool *ret_found, struct error *err)
	must_check;

/* The one that AWS would manage for the account. */
bool kms_key_default(struct db *db, const char *owner, struct arena *arena,
		     struct kms_key *ret_key, bool *ret_found,
		     struct error *err) must_check;

/* An account's, or with `owner` NULL all, but those that are deleted; after
 * the one of that seq, in the order in which they were made. */
bool kms_key_list(struct db *db, const char *owner, int64_t after,
		  bool (*row)(void *data, const struct kms_key *key,
			      struct error *err),
		  void *data, struct error *err) must_check;

/* How many an account made and has not deleted. */
bool kms_key_count(struct db *db, const char *owner, int64_t *ret_count,
		   struct error *err) must_check;

/* `deletion` 0 unless the state is "PendingDeletion". */
bool kms_key_set_state(struct db *db, const char *id, const char *state,
		       usec_t deletion, struct error *err) must_check;

/* Erases the material of all keys that are due, their aliases and grants;
 * *ret_count is how many there were. */
bool kms_key_erase_due(struct db *db, usec_t now, int64_t *ret_count,
		       struct error *err) must_check;

struct kms_alias {
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

/* An account's by name, those after `after` ("": all); with `key` not NULL
 * that key's alone. */
bool kms_alias_list(struct db *db, const char *owner, const char *key,
		    const char *after,
		    bool (*row)(void *data, const struct kms_alias *alias,
				struct error *err),
		    void *data, struct error *err) must_check;
bool kms_alias_delete(struct db *db, const char *owner, const char *name,
		      struct error *err) must_check;

/* What a grant can allow; stored as bits, so none ever changes its place. */
enum kms_operation {
	KMS_DECRYPT,
	KMS_ENCRYPT,
	KMS_GENERATE_DATA_KEY,
	KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
	KMS_REENCRYPT_FROM,
	KMS_REENCRYPT_TO,
	KMS_CREATE_GRANT,
	KMS_RETIRE_GRANT,
	KMS_DESCRIBE_KEY,
	KMS_OPERATIONS
};

struct kms_grant {
	int64_t seq;
	const char *id; /* 64 hexadecimal digits */
	const char *key;
	const char *name;     /* "" when none was given */
	const char *grantee;  /* an account's number */
	const char *retiring; /* or NULL */
	uint64_t operations;  /* 1 << KMS_… */
	usec_t created;
};

bool kms_grant_insert(struct db *db, const struct kms_grant *grant,
		      struct error *err) must_check;

/* A key's, those after `after`, as they were made. */
bool kms_grant_list(struct db *db, const char *key, int64_t after,
		    bool (*row)(void *data, const struct kms_grant *grant,
				struct error *err),
		    void *data, struct error *err) must_check;

/* One of a key's; *ret_found is false when it has none of that id. */
bool kms_grant_get(struct db *db, const char *key, const char *id,
		   struct arena *arena, struct kms_grant *ret_grant,
		   bool *ret_found, struct error *err) must_check;
bool kms_grant_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* What the grants of a key allow an account, all together. */
bool kms_grant_allowed(struct db *db, const char *key, const char *grantee,
		       uint64_t *ret_operations, struct error *err) must_check;

struct disk_key {
	const char *id; /* a UUID */
	const char *kms_key;
	struct kms_sealed sealed;
	bool damaged;
	usec_t created;
};

bool disk_key_insert(struct db *db, const struct disk_key *key,
		     struct error *err) must_check;
bool disk_key_get(struct db *db, const char *id, struct arena *arena,
		  struct disk_key *ret_key, bool *ret_found, struct error *err)
	must_check;
bool disk_key_list(struct db *db,
		   bool (*row)(void *data, const struct disk_key *key,
			       struct error *err),
		   void *data, struct error *err) must_check;

/* Forgets those that no layer names, and that were made before then: nothing
 * that is at work may have one it has not put into a layer's row yet. */
bool disk_key_sweep(struct db *db, usec_t before, struct error *err) must_check;

/* What an account encrypts without being asked to. */
struct ebs_default {
	bool encrypted;
	const char *kms_key; /* an id; NULL: its default key */
};

bool ebs_default_get(struct db *db, const char *account, struct arena *arena,
		     struct ebs_default *ret_default, struct error *err)
	must_check;
bool ebs_default_set(struct db *db, const char *account,
		     const struct ebs_default *value, struct error *err)
	must_check;

#endif
