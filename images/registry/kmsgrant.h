/* kmsgrant.h - the kms_grant table: what another account may do with a key */
#ifndef QAMI_REGISTRY_KMSGRANT_H
#define QAMI_REGISTRY_KMSGRANT_H

#include <stdint.h>

#include "images/base/clock.h"
#include "images/registry/db.h"

#define GRANT_ID_SIZE 65 /* with its NUL */

/* What a grant of a symmetric key can allow. Rows have them as bits: none ever
 * changes its place. */
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
	KMS_GENERATE_DATA_KEY_PAIR,
	KMS_GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT,
	KMS_OPERATIONS
};

struct kms_grant {
	int64_t seq;
	const char *id; /* 64 hexadecimal digits */
	const char *key;
	const char *name;    /* "" when none was given */
	const char *grantee; /* an account's number */
	int64_t operations;  /* 1 << KMS_… */
	usec_t created;
};

/* Which of a key's grants are meant; NULL: any. */
struct kms_grant_query {
	const char *key; /* never NULL */
	const char *id;
	const char *name;
	const char *grantee;
	int64_t operations; /* 0: any */
	int64_t after;	    /* that seq */
	int64_t most;
};

bool kms_grant_insert(struct db *db, const struct kms_grant *grant,
		      struct error *err) must_check;

/* Those, in the order in which they were made. */
bool kms_grant_list(struct db *db, const struct kms_grant_query *query,
		    bool (*row)(void *data, const struct kms_grant *grant,
				struct error *err),
		    void *data, struct error *err) must_check;

/* How many a key has. */
bool kms_grant_count(struct db *db, const char *key, int64_t *ret_count,
		     struct error *err) must_check;
bool kms_grant_delete(struct db *db, const char *id, struct error *err)
	must_check;

/* Whether one of a key's grants allows an account that. */
bool kms_grant_allows(struct db *db, const char *key, const char *grantee,
		      enum kms_operation operation, bool *ret_allows,
		      struct error *err) must_check;

#endif
