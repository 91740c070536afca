/* diskkey.c - disk keys: drawn, sealed, opened
 *
 * Nothing is remembered: each opening reads the master key's file, the key's
 * row and its own, so that a key that was disabled opens nothing once that is
 * committed.
 */
#include <string.h>

#include "images/base/hex.h"
#include "images/kms.h"
#include "images/masterkey.h"

static bool unsealed(const struct secret *under,
		     const struct sealed_key *sealed, const char *id,
		     const char *what, struct secret *ret_plain,
		     struct error *err)
{
	secret_guard(ret_plain, sizeof(*ret_plain));
	return cipher_open(under, sealed, id, ret_plain) ||
	       fail(err, FAULT_INTERNAL,
		    "the %s %s is damaged: what is sealed in its row does not "
		    "open under the key that it names",
		    what, id);
}

static bool material_of(const struct call *call, const struct kms_key *key,
			struct secret *ret_material, struct error *err)
{
	auto_secret master;

	return master_key(call, false, &master, err) &&
	       unsealed(&master, &key->sealed, key->id, "key", ret_material,
			err);
}

bool disk_key_new(const struct call *call, const struct kms_key *key,
		  char ret_id[UUID_SIZE], struct error *err)
{
	struct disk_key disk = {
		.id = ret_id,
		.kms_key = key->id,
		.created = clock_wall(),
	};
	auto_secret material, plain;

	if (!material_of(call, key, &material, err))
		return false;
	secret_guard(&plain, sizeof(plain));
	random_bytes(plain.bytes, sizeof(plain.bytes));
	uuid_random(ret_id);
	return cipher_seal(&material, &plain, ret_id, &disk.sealed, err) &&
	       disk_key_insert(call->store->db, &disk, err);
}

/* Whether the key may open what is sealed under it, for that. */
static bool check_use(const struct call *call, const struct kms_key *key,
		      enum disk_key_use use, struct arena *arena,
		      struct error *err)
{
	const char *arn = kms_arn(call, key->owner, key->id, arena);
	bool may = true;

	if (!arn)
		return fail_memory(err);
	if (use == DISK_KEY_CALLER &&
	    !kms_may(call, key->id, KMS_DECRYPT, &may, err))
		return false;
	if (!may || kms_is_gone(call, key))
		return fail(err, FAULT_KMS_KEY_NOT_FOUND,
			    "Key '%s' does not exist", arn);
	return use == DISK_KEY_STORE || kms_enabled(call, key, arena, err);
}

bool disk_key_open(const struct call *call, const char *id,
		   enum disk_key_use use, struct disk_secret *ret_secret,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	auto_secret material, plain;
	struct disk_key disk;
	struct kms_key key;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!disk_key_get(db, id, arena, &disk, &found, err) ||
	    (found && !kms_key_get(db, disk.kms_key, arena, &key, &found, err)))
		return false;
	if (!found)
		return fail(err, FAULT_INTERNAL, "there is no disk key %s", id);
	if (!check_use(call, &key, use, arena, err) ||
	    !material_of(call, &key, &material, err) ||
	    !unsealed(&material, &disk.sealed, id, "disk key", &plain, err))
		return false;
	secret_guard(ret_secret, sizeof(*ret_secret));
	hex_write(plain.bytes, sizeof(plain.bytes), ret_secret->text);
	return true;
}

/* An earlier layer of the chain with the same disk key: `at` when there is
 * none. */
static size_t first_with(const struct layer *layers, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (layers[i].disk_key &&
		    strcmp(layers[i].disk_key, layers[at].disk_key) == 0)
			return i;
	return at;
}

bool chain_secrets(const struct call *call, const struct layer *layers,
		   size_t count, enum disk_key_use use,
		   struct disk_secret *ret_secrets, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		size_t first = i;

		ret_secrets[i].text[0] = 0;
		if (!layers[i].disk_key)
			continue;
		first = first_with(layers, i);
		if (first < i) {
			ret_secrets[i] = ret_secrets[first];
		} else if (!disk_key_open(call, layers[i].disk_key, use,
					  &ret_secrets[i], err)) {
			secret_forget(ret_secrets,
				      count * sizeof(*ret_secrets));
			return false;
		}
	}
	return true;
}

bool layer_secret_find(void *store, const char *layer,
		       struct layer_secret *ret_secret, struct error *err)
{
	const struct call call = { .store = store, .now = clock_now() };
	auto_disk_secret secret;
	char key[UUID_SIZE];

	if (!layer_disk_key(call.store->db, layer, key, err))
		return false;
	if (!*key)
		return true;
	if (!disk_key_open(&call, key, DISK_KEY_STORE, &secret, err))
		return false;
	secret_guard(ret_secret, sizeof(*ret_secret));
	memcpy(ret_secret->key, key, sizeof(key));
	memcpy(ret_secret->text, secret.text, sizeof(secret.text));
	return true;
}

_Static_assert(UUID_SIZE <= LAYER_KEY_SIZE &&
		       SECRET_TEXT_SIZE == LAYER_SECRET_SIZE,
	       "a disk key is what the chain takes");

/* Whoever listens to what does not open. */
struct checking {
	const struct call *call;
	void (*found)(void *data, const char *id, const char *why);
	void *data;
};

static bool check_key(void *data, const struct kms_key *key, struct error *err)
{
	struct checking *checking = data;
	struct error failed = { 0 };
	auto_secret material;

	(void)err;
	if (!material_of(checking->call, key, &material, &failed))
		checking->found(checking->data, key->id, failed.text);
	return true;
}

static bool check_disk_key(void *data, const struct disk_key *disk,
			   struct error *err)
{
	struct checking *checking = data;
	auto_disk_secret secret;
	struct error failed = { 0 };

	(void)err;
	if (!disk_key_open(checking->call, disk->id, DISK_KEY_STORE, &secret,
			   &failed) &&
	    failed.fault != FAULT_KMS_KEY_NOT_FOUND)
		checking->found(checking->data, disk->id, failed.text);
	return true;
}

bool kms_check(const struct call *call,
	       void (*found)(void *data, const char *id, const char *why),
	       void *data, struct error *err)
{
	struct checking checking = { call, found, data };
	struct db *db = call->store->db;

	return kms_key_list(db, NULL, call->now, 0, INT64_MAX, check_key,
			    &checking, err) &&
	       disk_key_list(db, check_disk_key, &checking, err);
}
