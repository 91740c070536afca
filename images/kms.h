/* kms.h - keys: who may use them, and what they seal
 *
 * A key's material is 32 random bytes, sealed under the store's master key
 * (masterkey.h) by AES-256-GCM with the key's id beside it; a disk key is
 * sealed the same way under the material of a key. Sealed bytes that were
 * altered, or stand in the row of another key, open nothing: FAULT_INTERNAL
 * names the key.
 *
 * The rule: an account uses its own keys, and another's for what a grant
 * allows; a key that it may not use answers exactly like one that is not
 * there: FAULT_KMS_KEY_NOT_FOUND. A key that is disabled seals and opens
 * nothing (FAULT_KMS_KEY_DISABLED), nor does one that is to be deleted
 * (FAULT_KMS_KEY_STATE). One whose time has come is not there.
 */
#ifndef QAMI_IMAGES_KMS_H
#define QAMI_IMAGES_KMS_H

#include "images/base/id.h"
#include "images/base/secret.h"
#include "images/chain/secret.h"
#include "images/registry/diskkey.h"
#include "images/registry/kmsgrant.h"
#include "images/registry/kmskey.h"
#include "images/registry/layer.h"
#include "images/store.h"

/* The alias of the key that an account did not make itself. */
#define KMS_DEFAULT_ALIAS "alias/aws/ebs"

/* "arn:aws:kms:REGION:ACCOUNT:key/ID"; in the arena. `owner` is the key's; of
 * an alias, `id` is "alias/…". */
const char *kms_arn(const struct call *call, const char *owner, const char *id,
		    struct arena *arena);

/* The key of a name: an id or alias ("alias/…") of the caller's, or an ARN of
 * either. The caller must be allowed `operation` with it; its state is not
 * looked at. FAULT_KMS_KEY_ARN for what begins like an ARN and is none. Makes
 * the AWS managed key when its alias is named. Texts in the arena. */
bool kms_find(const struct call *call, const char *name,
	      enum kms_operation operation, struct arena *arena,
	      struct kms_key *ret_key, struct error *err) must_check;

/* The key that EC2 calls name: as kms_find(), and enabled; NULL and "" stand
 * for what the account chose as its default, else its AWS managed key, made
 * now if there is none. */
bool kms_resolve(const struct call *call, const char *name,
		 enum kms_operation operation, struct arena *arena,
		 struct kms_key *ret_key, struct error *err) must_check;

/* Whether the caller may do that with the key of this id: he owns it, or a
 * grant says so. The key's state is not looked at. */
bool kms_may(const struct call *call, const char *key,
	     enum kms_operation operation, bool *ret_may, struct error *err)
	must_check;

/* Whether a key is deleted, or would be if somebody had swept by now. */
bool kms_is_gone(const struct call *call, const struct kms_key *key);

/* Whether a key is one that seals and opens now. */
bool kms_enabled(const struct call *call, const struct kms_key *key,
		 struct arena *arena, struct error *err) must_check;

/* Whether it is the AWS managed key of the account it belongs to: what is
 * encrypted under it cannot be shared. */
bool kms_is_default(const struct kms_key *key);

/* Draws the material of a key to come: all but its owner's choices. In a
 * transaction of the caller's. */
bool kms_draw(const struct call *call, const char *manager,
	      const char *description, struct arena *arena,
	      struct kms_key *ret_key, struct error *err) must_check;

/* Draws a disk key and seals it under a key that kms_resolve() found, for a
 * layer to come: the row is there when this returns. qami gc forgets it when
 * it is an hour old and neither a layer names it nor the payload of an
 * operation that is under way; so it is made before the layer, and named in
 * the payload where that may take long. */
bool disk_key_new(const struct call *call, const struct kms_key *key,
		  char ret_id[UUID_SIZE], struct error *err) must_check;

/* For whom a disk key is opened. */
enum disk_key_use {
	DISK_KEY_CALLER, /* who must be allowed KMS_DECRYPT, of an enabled key */
	DISK_KEY_STORE,	 /* the store, which looks after layers whosesoever;
			  * only a key that is deleted refuses */
};

/* The digits that open the layers of a disk key; faults as above. */
bool disk_key_open(const struct call *call, const char *id,
		   enum disk_key_use use, struct disk_secret *ret_secret,
		   struct error *err) must_check;

/* The same for each of a chain's layers, as layer_chain() gives them: "" for a
 * plain one. On failure none is left in ret_secrets. */
bool chain_secrets(const struct call *call, const struct layer *layers,
		   size_t count, enum disk_key_use use,
		   struct disk_secret *ret_secrets, struct error *err)
	must_check;

/* What the store's chain asks for keys, by the names of layers; `store` is the
 * store. Whoever lets a caller at a layer has checked before that he may. */
bool layer_secret_find(void *store, const char *layer,
		       struct layer_secret *ret_secret, struct error *err)
	must_check;

/* What the caller's account encrypts without being asked to. */
bool ebs_encrypts(const struct call *call, bool *ret_encrypts,
		  struct error *err) must_check;

/* Calls `found` for each key and disk key that does not open, and why; one
 * that is deleted is none. */
bool kms_check(const struct call *call,
	       void (*found)(void *data, const char *id, const char *why),
	       void *data, struct error *err) must_check;

#endif
