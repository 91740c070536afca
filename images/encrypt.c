/* encrypt.c - whether a new disk is encrypted, and with what */
#include "images/encrypt.h"

#include <stdio.h>
#include <string.h>

#define MAKE KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT

static bool is_named(const struct encryption *wanted)
{
	return wanted->key && *wanted->key;
}

static bool check_wish(const struct encryption *wanted,
		       const struct snapshot *from, struct error *err)
{
	if (is_named(wanted) && wanted->wish != ENCRYPT_YES)
		return fail(err, FAULT_PARAMETER_DEPENDENCY,
			    "The parameter KmsKeyId requires the parameter "
			    "Encrypted to be set.");
	if (from && from->kms_key && wanted->wish == ENCRYPT_NO)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Encrypted cannot be false: the snapshot '%s' is "
			    "encrypted, and so is what is made of it.",
			    from->id);
	return true;
}

bool encrypt_may_open(struct call *call, const char *layer, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_disk_secret unused = { "" };
	struct layer row;

	if (!arena)
		return fail_memory(err);
	return layer_get(call->store->db, layer, arena, &row, err) &&
	       (!row.disk_key || disk_key_open(call, row.disk_key,
					       DISK_KEY_CALLER, &unused, err));
}

/* What a snapshot is encrypted with, for something under the same key. */
static bool inherit(struct call *call, const struct snapshot *from,
		    struct arena *arena, struct sealing *ret_sealing,
		    struct error *err)
{
	struct layer layer;
	bool found;

	if (!layer_get(call->store->db, from->layer, arena, &layer, err) ||
	    !kms_key_get(call->store->db, from->kms_key, arena,
			 &ret_sealing->key, &found, err))
		return false;
	ret_sealing->disk_key = layer.disk_key;
	return (found && layer.disk_key) ||
	       fail(err, FAULT_INTERNAL,
		    "the snapshot %s is encrypted with a key that is gone",
		    from->id);
}

/* Under a key of its own, unless that turns out to be the snapshot's. */
static bool choose(struct call *call, const struct encryption *wanted,
		   const struct snapshot *from, struct arena *arena,
		   struct sealing *ret_sealing, struct error *err)
{
	if (!kms_resolve(call, wanted->key, MAKE, arena, &ret_sealing->key,
			 err))
		return false;
	if (from && from->kms_key &&
	    strcmp(from->kms_key, ret_sealing->key.id) == 0)
		return inherit(call, from, arena, ret_sealing, err);
	ret_sealing->fresh = true;
	return true;
}

bool encrypt_plan(struct call *call, const struct encryption *wanted,
		  const struct snapshot *from, struct arena *arena,
		  struct sealing *ret_sealing, struct error *err)
{
	bool encrypts = wanted->wish == ENCRYPT_YES;

	*ret_sealing = (struct sealing){ 0 };
	if (!check_wish(wanted, from, err))
		return false;
	if (from && from->kms_key) {
		if (!encrypt_may_open(call, from->layer, err))
			return false;
		if (!is_named(wanted) &&
		    strcmp(from->owner, call->account) == 0)
			return inherit(call, from, arena, ret_sealing, err);
		encrypts = true;
	}
	if (!encrypts && !ebs_encrypts(call, &encrypts, err))
		return false;
	return !encrypts || choose(call, wanted, from, arena, ret_sealing, err);
}

bool encrypt_plan_copy(struct call *call, const struct encryption *wanted,
		       const struct snapshot *from, struct arena *arena,
		       struct sealing *ret_sealing, struct error *err)
{
	struct encryption here = *wanted;

	if (!check_wish(wanted, from, err))
		return false;
	if (from->kms_key)
		here.wish = ENCRYPT_YES;
	return encrypt_plan(call, &here, NULL, arena, ret_sealing, err);
}

bool encrypt_seal(struct call *call, struct sealing *sealing,
		  struct arena *arena, struct error *err)
{
	char id[UUID_SIZE];

	if (!sealing->fresh)
		return true;
	if (!disk_key_new(call, &sealing->key, id, err))
		return false;
	sealing->disk_key = arena_str(arena, id);
	sealing->fresh = false;
	return sealing->disk_key || fail_memory(err);
}

bool encrypt_secret(const struct call *call, const char *disk_key,
		    struct layer_secret *ret_secret, struct error *err)
{
	auto_disk_secret opens = { "" };

	*ret_secret = (struct layer_secret){ .key = "" };
	if (!disk_key)
		return true;
	if (!disk_key_open(call, disk_key, DISK_KEY_STORE, &opens, err))
		return false;
	secret_guard(ret_secret, sizeof(*ret_secret));
	snprintf(ret_secret->key, sizeof(ret_secret->key), "%s", disk_key);
	memcpy(ret_secret->text, opens.text, sizeof(opens.text));
	return true;
}

bool encrypt_check_share(struct call *call, const char *kms_key,
			 const char *const *grantees, size_t count,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct kms_key key;
	bool found;

	if (!kms_key || !count)
		return true;
	if (!arena)
		return fail_memory(err);
	if (!kms_key_get(call->store->db, kms_key, arena, &key, &found, err))
		return false;
	if (found && kms_is_default(&key))
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "Encrypted snapshots with EBS default key cannot "
			    "be shared: copy them under a customer key first");
	for (size_t i = 0; i < count; i++)
		if (strcmp(grantees[i], "all") == 0)
			return fail(err, FAULT_OPERATION_NOT_PERMITTED,
				    "Encrypted snapshots cannot be shared "
				    "publicly");
	return true;
}
