/* kmskeys.c - making keys, aliases and grants, and doing away with them
 *
 * Each change looks again in its transaction: two callers cannot both be right
 * about what a key is.
 */
#include "images/kmskeys.h"

#include <string.h>

#include "images/base/hex.h"
#include "images/registry/kmsalias.h"

#define DAY (24 * 3600 * USEC_PER_SEC)
#define ALIAS "alias/"
#define RESERVED "alias/aws/"
#define ALIAS_CHARACTERS                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789/_-"
#define ALIAS_SIZE 256
#define DESCRIPTION_MOST 8192

/* An alias is no name for what changes a key. */
static bool no_alias(const char *name, struct error *err)
{
	if (strncmp(name, ALIAS, strlen(ALIAS)) == 0)
		return fail(err, FAULT_KMS_KEY_NOT_FOUND,
			    "Invalid keyId '%.100s'", name);
	if (strncmp(name, "arn:", 4) == 0 && strstr(name, ":" ALIAS))
		return fail(err, FAULT_KMS_KEY_ARN,
			    "'%.200s' is an alias's ARN: this takes a key's",
			    name);
	return true;
}

bool kms_own(const struct call *call, const char *name, struct arena *arena,
	     struct kms_key *ret_key, struct error *err)
{
	struct kms_key key;

	if (!no_alias(name, err) ||
	    !kms_find(call, name, KMS_DESCRIBE_KEY, arena, &key, err))
		return false;
	if (strcmp(key.owner, call->account) != 0)
		return fail(err, FAULT_KMS_KEY_NOT_FOUND,
			    "Key '%.200s' does not exist", name);
	*ret_key = key;
	return true;
}

/* One that its account may change. */
static bool changeable(const struct call *call, const char *name,
		       struct arena *arena, struct kms_key *ret_key,
		       struct error *err)
{
	struct kms_key key;

	if (!kms_own(call, name, arena, &key, err))
		return false;
	if (kms_is_default(&key))
		return fail(err, FAULT_KMS_DENIED,
			    "The key is AWS managed: its account uses it and "
			    "changes nothing about it");
	*ret_key = key;
	return true;
}

static bool is_pending(const struct kms_key *key)
{
	return strcmp(key->state, "PendingDeletion") == 0;
}

static bool bad_state(const struct call *call, const struct kms_key *key,
		      struct arena *arena, struct error *err)
{
	const char *arn = kms_arn(call, key->owner, key->id, arena);

	return fail(err, FAULT_KMS_KEY_STATE, "%s is %s.", arn ? arn : key->id,
		    is_pending(key) ? "pending deletion" :
				      "not pending deletion");
}

bool kms_create(const struct call *call, const char *description,
		struct arena *arena, struct kms_key *ret_key, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	int64_t count;

	if (strlen(description) > DESCRIPTION_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "A description has at most %d characters",
			    DESCRIPTION_MOST);
	if (!tx_begin(&tx, db, err) ||
	    !kms_key_count(db, call->account, &count, err))
		return false;
	if (count >= KMS_KEYS_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "An account has at most %d keys", KMS_KEYS_MOST);
	return kms_draw(call, "CUSTOMER", description, arena, ret_key, err) &&
	       kms_key_insert(db, ret_key, err) && tx_commit(&tx, err);
}

bool kms_enable(const struct call *call, const char *name, bool enabled,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_tx tx = TX_INIT;
	struct kms_key key;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !changeable(call, name, arena, &key, err))
		return false;
	if (is_pending(&key))
		return bad_state(call, &key, arena, err);
	return kms_key_set_state(call->store->db, key.id,
				 enabled ? "Enabled" : "Disabled", 0, err) &&
	       tx_commit(&tx, err);
}

/* Moves a key on to another state, from one that must, or must not, wait for
 * its deletion. */
static bool move(const struct call *call, const char *name, bool pending,
		 const char *state, usec_t deletion, struct arena *arena,
		 struct kms_key *ret_key, struct error *err)
{
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !changeable(call, name, arena, ret_key, err))
		return false;
	if (is_pending(ret_key) != pending)
		return bad_state(call, ret_key, arena, err);
	ret_key->state = state;
	ret_key->deletion = deletion;
	return kms_key_set_state(call->store->db, ret_key->id, state, deletion,
				 err) &&
	       tx_commit(&tx, err);
}

bool kms_schedule_deletion(const struct call *call, const char *name,
			   int64_t days, struct arena *arena,
			   struct kms_key *ret_key, struct error *err)
{
	if (days < KMS_WAIT_LEAST || days > KMS_WAIT_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "PendingWindowInDays must be between %d and %d",
			    KMS_WAIT_LEAST, KMS_WAIT_MOST);
	return move(call, name, false, "PendingDeletion",
		    time_after(call->now, days * DAY), arena, ret_key, err);
}

bool kms_cancel_deletion(const struct call *call, const char *name,
			 struct arena *arena, struct kms_key *ret_key,
			 struct error *err)
{
	return move(call, name, true, "Disabled", 0, arena, ret_key, err);
}

bool kms_sweep(struct call *call, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	bool due;

	if (!kms_key_is_due(db, call->now, &due, err))
		return false;
	if (!due)
		return true;
	if (!tx_begin(&tx, db, err) || !kms_key_erase(db, call->now, err) ||
	    !tx_commit(&tx, err))
		return false;
	db_forget(db);
	return true;
}

static bool check_alias(const char *alias, struct error *err)
{
	size_t size = strlen(alias);

	if (strncmp(alias, ALIAS, strlen(ALIAS)) != 0 ||
	    size == strlen(ALIAS) || size > ALIAS_SIZE ||
	    strspn(alias, ALIAS_CHARACTERS) != size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "An alias is \"" ALIAS
			    "\" and letters, digits, '/', '_' and '-', at most "
			    "%d characters",
			    ALIAS_SIZE);
	if (strncmp(alias, RESERVED, strlen(RESERVED)) == 0)
		return fail(err, FAULT_KMS_NOT_AUTHORIZED,
			    "Aliases that begin with " RESERVED
			    " are AWS managed keys'");
	return true;
}

bool kms_name(const struct call *call, const char *name, const char *target,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct kms_alias alias = {
		.owner = call->account,
		.name = name,
		.created = call->now,
	};
	struct kms_alias taken;
	auto_tx tx = TX_INIT;
	struct kms_key key;
	int64_t count;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!check_alias(name, err) || !tx_begin(&tx, db, err) ||
	    !changeable(call, target, arena, &key, err) ||
	    !kms_alias_get(db, call->account, name, arena, &taken, &found,
			   err) ||
	    !kms_alias_count(db, key.id, &count, err))
		return false;
	if (is_pending(&key))
		return bad_state(call, &key, arena, err);
	if (found)
		return fail(err, FAULT_KMS_EXISTS,
			    "An alias with the name arn:aws:kms:%s:%s:%.100s "
			    "already exists",
			    call->store->region, call->account, name);
	if (count >= KMS_ALIASES_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "A key has at most %d aliases", KMS_ALIASES_MOST);
	alias.key = key.id;
	return kms_alias_insert(db, &alias, err) && tx_commit(&tx, err);
}

bool kms_unname(const struct call *call, const char *name, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	struct kms_alias alias;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!check_alias(name, err) ||
	    !kms_alias_get(db, call->account, name, arena, &alias, &found, err))
		return false;
	if (!found)
		return fail(err, FAULT_KMS_KEY_NOT_FOUND,
			    "Alias arn:aws:kms:%s:%s:%.100s is not found.",
			    call->store->region, call->account, name);
	return kms_alias_delete(db, call->account, name, err);
}

/* A grant that is the same already: its id. */
static bool is_same(void *data, const struct kms_grant *grant,
		    struct error *err)
{
	char *id = data;

	(void)err;
	memcpy(id, grant->id, GRANT_ID_SIZE);
	return true;
}

static bool find_same(const struct call *call, const char *key,
		      const struct kms_grant_request *request,
		      char ret_id[GRANT_ID_SIZE], struct error *err)
{
	struct kms_grant_query query = {
		.key = key,
		.name = request->name,
		.grantee = request->grantee,
		.operations = request->operations,
		.most = 1,
	};

	ret_id[0] = 0;
	return !*request->name ||
	       kms_grant_list(call->store->db, &query, is_same, ret_id, err);
}

/* Whoever grants what he was granted himself grants no more than that. */
static bool may_grant(const struct call *call, const struct kms_key *key,
		      int64_t operations, struct error *err)
{
	bool may = true;

	for (int i = 0; may && i < KMS_OPERATIONS; i++)
		if (operations & INT64_C(1) << i &&
		    !kms_may(call, key->id, (enum kms_operation)i, &may, err))
			return false;
	return may || fail(err, FAULT_KMS_DENIED,
			   "The grant would allow more than account %s is "
			   "allowed itself",
			   call->account);
}

static bool check_grant(const struct call *call,
			const struct kms_grant_request *request,
			struct arena *arena, struct kms_key *ret_key,
			struct error *err)
{
	int64_t count;

	if (!no_alias(request->key, err) ||
	    !kms_find(call, request->key, KMS_CREATE_GRANT, arena, ret_key,
		      err) ||
	    !may_grant(call, ret_key, request->operations, err) ||
	    !kms_grant_count(call->store->db, ret_key->id, &count, err))
		return false;
	if (kms_is_default(ret_key))
		return fail(err, FAULT_KMS_DENIED,
			    "The key is AWS managed: no other account can be "
			    "allowed to use it");
	if (count >= KMS_GRANTS_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "A key has at most %d grants", KMS_GRANTS_MOST);
	return kms_enabled(call, ret_key, arena, err);
}

bool kms_grant(const struct call *call, const struct kms_grant_request *request,
	       char ret_id[GRANT_ID_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct kms_grant grant = {
		.id = ret_id,
		.name = request->name,
		.grantee = request->grantee,
		.operations = request->operations,
		.created = call->now,
	};
	uint8_t random[GRANT_ID_SIZE / 2];
	auto_tx tx = TX_INIT;
	struct kms_key key;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !check_grant(call, request, arena, &key, err) ||
	    !find_same(call, key.id, request, ret_id, err))
		return false;
	if (*ret_id)
		return true;
	random_bytes(random, sizeof(random));
	hex_write(random, sizeof(random), ret_id);
	grant.key = key.id;
	return kms_grant_insert(call->store->db, &grant, err) &&
	       tx_commit(&tx, err);
}

bool kms_revoke(const struct call *call, const char *name, const char *id,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	char found[GRANT_ID_SIZE] = "";
	struct kms_grant_query query = { .id = id, .most = 1 };
	struct kms_key key;

	if (!arena)
		return fail_memory(err);
	if (strlen(id) != GRANT_ID_SIZE - 1 || !hex_ok(id))
		return fail(err, FAULT_KMS_GRANT_ID,
			    "'%.80s' is no id of a grant", id);
	if (!kms_own(call, name, arena, &key, err))
		return false;
	query.key = key.id;
	if (!kms_grant_list(call->store->db, &query, is_same, found, err))
		return false;
	if (!*found)
		return fail(err, FAULT_KMS_KEY_NOT_FOUND,
			    "Grant ID %s not found", id);
	return kms_grant_delete(call->store->db, id, err);
}
