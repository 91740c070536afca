/* kms.h - keys: who may use them, and what they seal
 *
 *   keys/master   32 random bytes (0600), made at the first need; whoever has
 *                 them and the registry has all keys
 *
 * A key's material is 32 random bytes, sealed under the master key by
 * AES-256-GCM with the key's id beside it; a disk key is sealed the same way
 * under the material of a key. Sealed bytes that were altered, or stand in the
 * row of another key, open nothing: FAULT_INTERNAL names the key.
 *
 * The rule: an account uses its own keys, and another's for what a grant
 * allows; a key that it may not use answers exactly like one that is not
 * there. Keys that are not enabled seal and open nothing.
 */
#ifndef QAMI_IMAGES_KMS_H
#define QAMI_IMAGES_KMS_H

#include "images/base/id.h"
#include "images/base/secret.h"
#include "images/registry/diskkey.h"
#include "images/registry/kmsgrant.h"
#include "images/registry/kmskey.h"
#include "images/registry/layer.h"
#include "images/store.h"

/* "arn:aws:kms:REGION:ACCOUNT:key/ID"; in the arena. `owner` is the key's. */
const char *kms_arn(const struct call *call, const char *owner, const char *id,
		    struct arena *arena);

/* The key that EC2 calls name: by id, ARN, alias ("alias/…") or alias's ARN;
 * NULL and "": what the account chose as its default, else its AWS managed key
 * (alias/aws/ebs), made now if there is none. The caller must be allowed
 * `operation` with it and the key be enabled: FAULT_KMS_KEY_NOT_FOUND,
 * FAULT_KMS_KEY_STATE. Texts in the arena. */
bool kms_resolve(struct call *call, const char *name,
		 enum kms_operation operation, struct arena *arena,
		 struct kms_key *ret_key, struct error *err) must_check;

/* Whether the caller may do that with the key of this id: he owns it, or a
 * grant says so. The key's state is not looked at. */
bool kms_may(const struct call *call, const char *key,
	     enum kms_operation operation, bool *ret_may, struct error *err)
	must_check;

/* Whether it is the AWS managed key of the account it belongs to: what is
 * encrypted under it cannot be shared. */
bool kms_is_default(const struct kms_key *key);

/* Draws a disk key and seals it under a key that kms_resolve() found, for a
 * layer to come: the row is there when this returns. qami gc forgets it when
 * it is an hour old and neither a layer names it nor the payload of an
 * operation that is under way; so it is made before the layer, and named in
 * the payload where that may take long. */
bool disk_key_new(struct call *call, const struct kms_key *key,
		  char ret_id[UUID_SIZE], struct error *err) must_check;

/* For whom a disk key is opened. */
enum disk_key_use {
	DISK_KEY_CALLER, /* who must be allowed KMS_DECRYPT, of an enabled key */
	DISK_KEY_STORE,	 /* the store, which looks after layers whosesoever;
			  * only a key that is deleted refuses */
};

/* The digits that open the layers of a disk key. FAULT_KMS_KEY_NOT_FOUND and
 * FAULT_KMS_KEY_STATE as for kms_resolve(); FAULT_INTERNAL when it, its key or
 * the master key is damaged. */
bool disk_key_open(const struct call *call, const char *id,
		   enum disk_key_use use, struct disk_secret *ret_secret,
		   struct error *err) must_check;

/* The same for each of a chain's layers, as layer_chain() gives them: "" for a
 * plain one. On failure none is left in ret_secrets. */
bool chain_secrets(const struct call *call, const struct layer *layers,
		   size_t count, enum disk_key_use use,
		   struct disk_secret *ret_secrets, struct error *err)
	must_check;

/* What the caller's account encrypts without being asked to. */
bool ebs_encrypts(const struct call *call, bool *ret_encrypts,
		  struct error *err) must_check;

#endif
