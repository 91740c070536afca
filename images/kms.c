/* kms.c - keys: what names them, and who may use them
 *
 * What is refused is told by what the caller wrote and by nothing that only a
 * row says, so that another account's key and none look alike.
 */
#include "images/kms.h"

#include <stdio.h>
#include <string.h>

#include "images/masterkey.h"
#include "images/registry/account.h"
#include "images/registry/kmsalias.h"

#define ARN "arn:"
#define ALIAS "alias/"

/* What somebody wrote for a key. */
struct name {
	const char *text;
	const char *owner; /* a number */
	const char *id;	   /* or … */
	const char *alias; /* … "alias/…" */
	bool foreign;	   /* of another region: there is none here */
};

const char *kms_arn(const struct call *call, const char *owner, const char *id,
		    struct arena *arena)
{
	const char *kind = strncmp(id, ALIAS, strlen(ALIAS)) == 0 ? "" : "key/";

	return arena_format(arena, "arn:aws:kms:%s:%s:%s%s",
			    call->store->region, owner, kind, id);
}

static bool bad_arn(const struct name *name, struct error *err)
{
	return fail(err, FAULT_KMS_KEY_ARN, "'%.100s' is no ARN of a key",
		    name->text);
}

/* "arn:aws:kms:REGION:ACCOUNT:key/ID" or "…:alias/NAME". */
static bool read_arn(const struct call *call, struct name *name,
		     struct arena *arena, struct error *err)
{
	char *parts[6], *rest = arena_str(arena, name->text);

	if (!rest)
		return fail_memory(err);
	for (size_t i = 0; i < 6; i++) {
		parts[i] = i < 5 ? strsep(&rest, ":") : rest;
		if (!parts[i])
			return bad_arn(name, err);
	}
	if (strcmp(parts[1], "aws") != 0 || strcmp(parts[2], "kms") != 0 ||
	    !account_valid(parts[4]))
		return bad_arn(name, err);
	name->foreign = strcmp(parts[3], call->store->region) != 0;
	name->owner = parts[4];
	if (strncmp(parts[5], ALIAS, strlen(ALIAS)) == 0)
		name->alias = parts[5];
	else if (strncmp(parts[5], "key/", 4) == 0)
		name->id = parts[5] + 4;
	return name->alias || name->id ? true : bad_arn(name, err);
}

static bool read_name(const struct call *call, const char *text,
		      struct arena *arena, struct name *ret_name,
		      struct error *err)
{
	*ret_name = (struct name){ .text = text, .owner = call->account };
	if (strncmp(text, ARN, strlen(ARN)) == 0)
		return read_arn(call, ret_name, arena, err);
	if (strncmp(text, ALIAS, strlen(ALIAS)) == 0)
		ret_name->alias = text;
	else
		ret_name->id = text;
	return true;
}

static void tell_missing(const struct call *call, const struct name *name,
			 struct arena *arena, struct error *err)
{
	const char *arn = kms_arn(call, name->owner,
				  name->alias ? name->alias : name->id, arena);

	if (name->id && !uuid_valid(name->id))
		fail(err, FAULT_KMS_KEY_NOT_FOUND, "Invalid keyId '%.100s'",
		     name->id);
	else
		fail(err, FAULT_KMS_KEY_NOT_FOUND,
		     name->alias ? "Alias %.200s is not found." :
				   "Key '%.200s' does not exist",
		     name->foreign ? name->text :
		     arn	   ? arn :
				     "");
}

bool kms_draw(const struct call *call, const char *manager,
	      const char *description, struct arena *arena,
	      struct kms_key *ret_key, struct error *err)
{
	auto_secret master, material;
	char id[UUID_SIZE];

	uuid_random(id);
	*ret_key = (struct kms_key){
		.id = arena_str(arena, id),
		.owner = call->account,
		.manager = manager,
		.description = description,
		.state = "Enabled",
		.created = call->now,
	};
	if (!ret_key->id)
		return fail_memory(err);
	if (!master_key(call, true, &master, err))
		return false;
	secret_guard(&material, sizeof(material));
	random_bytes(material.bytes, sizeof(material.bytes));
	return cipher_seal(&master, &material, id, &ret_key->sealed, err);
}

/* The AWS managed key of the caller's account. */
static bool own_default(const struct call *call, struct arena *arena,
			struct kms_key *ret_key, struct error *err)
{
	struct db *db = call->store->db;
	struct kms_alias alias = {
		.owner = call->account,
		.name = KMS_DEFAULT_ALIAS,
		.created = call->now,
	};
	auto_tx tx = TX_INIT;
	bool found;

	if (!kms_key_default(db, call->account, arena, ret_key, &found, err))
		return false;
	if (found)
		return true;
	if (!tx_begin(&tx, db, err) ||
	    !kms_key_default(db, call->account, arena, ret_key, &found, err))
		return false;
	if (found)
		return true;
	if (!kms_draw(call, "AWS",
		      "Default key that protects my EBS volumes when no other "
		      "key is defined",
		      arena, ret_key, err))
		return false;
	alias.key = ret_key->id;
	return kms_key_insert(db, ret_key, err) &&
	       kms_alias_insert(db, &alias, err) && tx_commit(&tx, err);
}

bool kms_is_gone(const struct call *call, const struct kms_key *key)
{
	return strcmp(key->state, "Deleted") == 0 ||
	       (key->deletion && key->deletion <= call->now);
}

/* The row that a name leads to, whoever may use it. */
static bool follow(const struct call *call, const struct name *name,
		   struct arena *arena, struct kms_key *ret_key,
		   bool *ret_found, struct error *err)
{
	struct db *db = call->store->db;
	const char *id = name->id;

	*ret_found = false;
	if (name->foreign)
		return true;
	if (name->alias && strcmp(name->alias, KMS_DEFAULT_ALIAS) == 0 &&
	    strcmp(name->owner, call->account) == 0) {
		*ret_found = true;
		return own_default(call, arena, ret_key, err);
	}
	if (name->alias) {
		struct kms_alias alias;

		if (!kms_alias_get(db, name->owner, name->alias, arena, &alias,
				   ret_found, err))
			return false;
		if (!*ret_found)
			return true;
		id = alias.key;
	}
	if (!kms_key_get(db, id, arena, ret_key, ret_found, err))
		return false;
	*ret_found = *ret_found && strcmp(ret_key->owner, name->owner) == 0 &&
		     !kms_is_gone(call, ret_key);
	return true;
}

bool kms_may(const struct call *call, const char *key,
	     enum kms_operation operation, bool *ret_may, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct kms_key row;
	bool found;

	if (!arena)
		return fail_memory(err);
	*ret_may = false;
	if (!kms_key_get(db, key, arena, &row, &found, err))
		return false;
	if (!found)
		return true;
	*ret_may = strcmp(row.owner, call->account) == 0;
	return *ret_may || kms_grant_allows(db, key, call->account, operation,
					    ret_may, err);
}

bool kms_find(const struct call *call, const char *text,
	      enum kms_operation operation, struct arena *arena,
	      struct kms_key *ret_key, struct error *err)
{
	struct name name;
	struct kms_key key;
	bool found, may = false;

	if (!read_name(call, text, arena, &name, err) ||
	    !follow(call, &name, arena, &key, &found, err) ||
	    (found && !kms_may(call, key.id, operation, &may, err)))
		return false;
	if (!found || !may) {
		tell_missing(call, &name, arena, err);
		return false;
	}
	*ret_key = key;
	return true;
}

bool kms_enabled(const struct call *call, const struct kms_key *key,
		 struct arena *arena, struct error *err)
{
	const char *arn;

	if (strcmp(key->state, "Enabled") == 0)
		return true;
	arn = kms_arn(call, key->owner, key->id, arena);
	if (strcmp(key->state, "Disabled") == 0)
		return fail(err, FAULT_KMS_KEY_DISABLED, "%s is disabled.",
			    arn ? arn : key->id);
	return fail(err, FAULT_KMS_KEY_STATE, "%s is %s.", arn ? arn : key->id,
		    kms_is_gone(call, key) ? "deleted" : "pending deletion");
}

/* What stands for no name: the key that the account chose, by its ARN, or the
 * alias of its AWS managed one. NULL on failure. */
static const char *name_of_default(const struct call *call, struct arena *arena,
				   struct error *err)
{
	struct db *db = call->store->db;
	struct ebs_default chosen;
	struct kms_key key;
	const char *name;
	bool found;

	if (!ebs_default_get(db, call->account, arena, &chosen, err))
		return NULL;
	if (!chosen.kms_key)
		return KMS_DEFAULT_ALIAS;
	/* its row is there as long as the account's names it */
	if (!kms_key_get(db, chosen.kms_key, arena, &key, &found, err))
		return NULL;
	name = found ? kms_arn(call, key.owner, key.id, arena) : "";
	if (!name)
		fail_memory(err);
	return name;
}

bool kms_resolve(const struct call *call, const char *name,
		 enum kms_operation operation, struct arena *arena,
		 struct kms_key *ret_key, struct error *err)
{
	struct kms_key key;

	if (!name || !*name)
		name = name_of_default(call, arena, err);
	if (!name || !kms_find(call, name, operation, arena, &key, err) ||
	    !kms_enabled(call, &key, arena, err))
		return false;
	*ret_key = key;
	return true;
}

bool kms_is_default(const struct kms_key *key)
{
	return strcmp(key->manager, "AWS") == 0;
}

bool ebs_encrypts(const struct call *call, bool *ret_encrypts,
		  struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct ebs_default chosen;

	if (!arena)
		return fail_memory(err);
	if (!ebs_default_get(call->store->db, call->account, arena, &chosen,
			     err))
		return false;
	*ret_encrypts = chosen.encrypted;
	return true;
}
