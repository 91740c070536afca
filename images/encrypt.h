/* encrypt.h - whether a new disk is encrypted, and with what
 *
 * By EC2's rules: what is made of an encrypted snapshot is encrypted, under
 * the same key if the snapshot is the caller's own and none was named, else
 * under the one that was named or the caller's default. What is made of
 * anything else is encrypted when that is asked for, or when the account
 * encrypts by default.
 *
 * A layer under the same key as the one it stands on has its disk key, too.
 * One under another key gets a disk key of its own; what lies below it stays as
 * it is. Who may open a chain is decided by the key of its top alone: what
 * stands on a layer of another key was made by somebody who might use that.
 */
#ifndef QAMI_IMAGES_ENCRYPT_H
#define QAMI_IMAGES_ENCRYPT_H

#include "images/kms.h"
#include "images/registry/image.h"
#include "images/registry/snapshot.h"

/* What was asked for. */
struct encryption {
	enum encrypt_wish wish;
	const char *key; /* KmsKeyId; NULL or "": none was named */
};

/* What was decided. */
struct sealing {
	const char *disk_key; /* of the layer that it stands on; or … */
	bool fresh;	      /* … encrypt_seal() has to make one */
	struct kms_key key;   /* key.id NULL: plain */
};

/* Decides for something that is made of a snapshot, or (NULL) of nothing; in
 * the arena. Nothing is written but a default key, where there was none.
 * Faults: PARAMETER_DEPENDENCY for a key without Encrypted, INVALID_PARAMETER
 * for an encrypted snapshot that shall become plain; those of kms_resolve() and
 * of disk_key_open() for the caller. */
bool encrypt_plan(struct call *call, const struct encryption *wanted,
		  const struct snapshot *from, struct arena *arena,
		  struct sealing *ret_sealing, struct error *err) must_check;

/* The same for a copy of another region's snapshot, which has made sure there
 * that the caller may use its key: what is encrypted there is encrypted here,
 * under the key that was named or his default one. */
bool encrypt_plan_copy(struct call *call, const struct encryption *wanted,
		       const struct snapshot *from, struct arena *arena,
		       struct sealing *ret_sealing, struct error *err)
	must_check;

/* Makes what is missing of a disk key, within the caller's transaction. */
bool encrypt_seal(struct call *call, struct sealing *sealing,
		  struct arena *arena, struct error *err) must_check;

/* What opens the layer that is to be made of a disk key, for those that make it
 * before a row knows it; "" without one (NULL). */
bool encrypt_secret(const struct call *call, const char *disk_key,
		    struct layer_secret *ret_secret, struct error *err)
	must_check;

/* Whether the caller may open a layer: the rule above. True for a plain one. */
bool encrypt_may_open(struct call *call, const char *layer, struct error *err)
	must_check;

/* Whether what is under a key (NULL: it is plain) may be shared with accounts
 * or with "all": FAULT_OPERATION_NOT_PERMITTED when the key is an account's
 * default one, which nobody else can be let use, and for "all". */
bool encrypt_check_share(struct call *call, const char *kms_key,
			 const char *const *grantees, size_t count,
			 struct error *err) must_check;

#endif
