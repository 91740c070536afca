/* account.c - accounts and their access keys
 *
 * A secret is kept as it was drawn: to verify a signature takes the secret
 * itself, so that no digest of it would do.
 */
#include "images/account.h"

#include <stdio.h>
#include <string.h>

#include "images/base/digest.h"
#include "images/base/id.h"

#define NAME_MOST 64
#define SECRET_RANDOM 30 /* bytes: 40 digits of base64 */

static bool check_name(const char *name, struct error *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789+=,.@_-";
	size_t size = strlen(name);

	if (!size || size > NAME_MOST || strspn(name, letters) != size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "an account's name is 1 to %d of A-Z a-z 0-9 "
			    "+=,.@_-",
			    NAME_MOST);
	if (strspn(name, "0123456789") == size)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%s' is not a name but a number", name);
	return true;
}

/* 12 digits of which the first is not 0, as AWS draws them; no account's. */
static bool draw_id(const struct call *call, struct arena *arena,
		    char ret_id[ACCOUNT_SIZE], struct error *err)
{
	struct account other;
	bool found = true;

	while (found) {
		uint64_t random;

		random_bytes(&random, sizeof(random));
		snprintf(ret_id, ACCOUNT_SIZE, "%012llu",
			 100000000000ULL + random % 900000000000ULL);
		if (!account_get(call->store->db, ret_id, arena, &other, &found,
				 err))
			return false;
	}
	return true;
}

/* Whether name, user and number are still to be had. */
static bool check_free(const struct call *call, const struct account *wanted,
		       bool given, struct arena *arena, struct error *err)
{
	struct db *db = call->store->db;
	bool plain = !wanted->name && wanted->user == ACCOUNT_NOBODY;
	struct account other;
	bool found = false;

	if (given && !account_get(db, wanted->id, arena, &other, &found, err))
		return false;
	if (found && (plain || other.name || other.user != ACCOUNT_NOBODY))
		return fail(err, FAULT_ACCOUNT_EXISTS,
			    "there is an account %s already", other.id);
	if (wanted->name &&
	    !account_named(db, wanted->name, arena, &other, &found, err))
		return false;
	if (wanted->name && found)
		return fail(err, FAULT_ACCOUNT_EXISTS,
			    "account %s is called '%s' already", other.id,
			    other.name);
	if (wanted->user == ACCOUNT_NOBODY)
		return true;
	if (!account_with_user(db, wanted->user, arena, &other, &found, err))
		return false;
	return !found || fail(err, FAULT_ACCOUNT_EXISTS,
			      "user %u acts as account %s already",
			      (unsigned)wanted->user, other.id);
}

bool account_create(const struct call *call, const char *id, const char *name,
		    uid_t user, char ret_id[ACCOUNT_SIZE], struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct account account = { .id = id, .name = name, .user = user };
	char drawn[ACCOUNT_SIZE];
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (id && !account_valid(id))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "'%.64s' is no account's number: it takes 12 "
			    "digits",
			    id);
	if ((name && !check_name(name, err)) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    (!id && !draw_id(call, arena, drawn, err)))
		return false;
	account.id = id ? id : drawn;
	if (!check_free(call, &account, id, arena, err) ||
	    !account_ensure(call->store->db, account.id, err) ||
	    !account_set(call->store->db, &account, err) ||
	    !tx_commit(&tx, err))
		return false;
	snprintf(ret_id, ACCOUNT_SIZE, "%s", account.id);
	return true;
}

bool account_of_user(const struct call *call, uid_t user,
		     char ret_id[ACCOUNT_SIZE], bool *ret_found,
		     struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct account account;

	if (!arena)
		return fail_memory(err);
	if (!account_with_user(call->store->db, user, arena, &account,
			       ret_found, err))
		return false;
	if (*ret_found)
		snprintf(ret_id, ACCOUNT_SIZE, "%s", account.id);
	return true;
}

/* "AKIA" and 16 digits, five random bits each. */
static const char *draw_key_id(struct arena *arena)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char text[17] = "";
	uint8_t random[16];

	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		text[i] = digits[random[i] % 32];
	return arena_format(arena, "AKIA%s", text);
}

static const char *draw_secret(struct arena *arena)
{
	uint8_t random[SECRET_RANDOM];
	char *text = arena_alloc(arena, 4 * SECRET_RANDOM / 3 + 1);

	random_bytes(random, sizeof(random));
	if (text)
		base64_write(random, sizeof(random), text);
	return text;
}

bool account_key_create(const struct call *call, struct arena *arena,
			struct access_key *ret_key, struct error *err)
{
	struct access_key key = {
		.id = draw_key_id(arena),
		.account = arena_str(arena, call->account),
		.secret = draw_secret(arena),
		.active = true,
		.created = call->now,
	};
	auto_tx tx = TX_INIT;
	int64_t count;

	if (!key.id || !key.account || !key.secret)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !access_key_count(call->store->db, call->account, &count, err))
		return false;
	if (count >= ACCESS_KEYS_MOST)
		return fail(err, FAULT_RESOURCE_LIMIT,
			    "account %s has %d access keys, and no account "
			    "has more",
			    call->account, ACCESS_KEYS_MOST);
	if (!access_key_insert(call->store->db, &key, err) ||
	    !tx_commit(&tx, err))
		return false;
	*ret_key = key;
	return true;
}

/* Refuses a key that is not the caller's like one that there is not. */
static bool own_key(const struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct access_key key;
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!access_key_get(call->store->db, id, arena, &key, &found, err))
		return false;
	if (!found || strcmp(key.account, call->account) != 0)
		return fail(err, FAULT_ACCESS_KEY_NOT_FOUND,
			    "account %s has no access key '%.64s'",
			    call->account, id);
	return true;
}

bool account_key_enable(const struct call *call, const char *id, bool active,
			struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) && own_key(call, id, err) &&
	       access_key_set(call->store->db, id, active, err) &&
	       tx_commit(&tx, err);
}

bool account_key_delete(const struct call *call, const char *id,
			struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) && own_key(call, id, err) &&
	       access_key_delete(call->store->db, id, err) &&
	       tx_commit(&tx, err);
}
