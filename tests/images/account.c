/* account.c - accounts, whose they are, and what keys may be called */
#include "images/account.h"

#include "tests/images/testing.h"

static struct arena *arena;

static void names(void)
{
	static const char *const odd[] = { "", "12", "a b", "a/b", "a:b",
					   "\xc3\xa9", "a\n" };
	char id[ACCOUNT_SIZE], again[ACCOUNT_SIZE], longest[66];
	struct call other = call;

	memset(longest, 'n', sizeof(longest));
	longest[65] = 0;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		check(!account_create(&call, NULL, odd[i], ACCOUNT_NOBODY, id,
				      &err) &&
		      err.fault == FAULT_INVALID_PARAMETER &&
		      (error_clear(&err), true));
	bad(INVALID_PARAMETER, "1 to 64",
	    account_create(&call, NULL, longest, ACCOUNT_NOBODY, id, &err));
	longest[64] = 0;
	good(account_create(&call, NULL, longest, ACCOUNT_NOBODY, id, &err));
	check(account_valid(id) && id[0] != '0');
	good(call_account(&other, longest, &err));
	check(strcmp(other.account, id) == 0);
	bad(ACCOUNT_EXISTS, "is called",
	    account_create(&call, NULL, longest, ACCOUNT_NOBODY, again, &err));
	bad(INVALID_PARAMETER, "12 digits",
	    account_create(&call, "1", NULL, ACCOUNT_NOBODY, again, &err));
	bad(INVALID_PARAMETER, "is no account",
	    call_account(&other, "stranger", &err));
	/* what somebody else is called, a case apart, is another name */
	good(account_create(&call, NULL, "Anna", ACCOUNT_NOBODY, id, &err));
	good(account_create(&call, NULL, "anna", ACCOUNT_NOBODY, again, &err));
	check(strcmp(id, again) != 0);
}

static void users(void)
{
	char id[ACCOUNT_SIZE], root[ACCOUNT_SIZE], found_id[ACCOUNT_SIZE];
	bool found;

	good(account_create(&call, NULL, NULL, 0, root, &err));
	good(account_create(&call, "444444444444", "user", 1000, id, &err));
	good(account_of_user(&call, 0, found_id, &found, &err));
	check(found && strcmp(found_id, root) == 0);
	good(account_of_user(&call, 1000, found_id, &found, &err));
	check(found && strcmp(found_id, "444444444444") == 0);
	good(account_of_user(&call, 1001, found_id, &found, &err));
	check(!found);
	good(account_of_user(&call, ACCOUNT_NOBODY, found_id, &found, &err));
	check(!found);
	bad(ACCOUNT_EXISTS, "acts as",
	    account_create(&call, NULL, NULL, 1000, id, &err));
	/* an account that was refused is not there */
	bad(ACCOUNT_EXISTS, "acts as",
	    account_create(&call, "777777777777", "new", 1000, id, &err));
	bad(INVALID_PARAMETER, "is no account",
	    call_account(&(struct call){ .store = call.store }, "new", &err));
}

static void keys(void)
{
	struct call other = { .store = call.store, .account = "444444444444" };
	struct access_key first, key, row;
	int64_t count;
	bool found;

	good(account_key_create(&call, arena, &first, &err));
	for (int i = 1; i < ACCESS_KEYS_MOST; i++) {
		good(account_key_create(&call, arena, &key, &err));
		check(strlen(key.id) == 20 && strlen(key.secret) == 40);
		check(strcmp(key.id, first.id) != 0);
		check(strcmp(key.secret, first.secret) != 0);
	}
	bad(RESOURCE_LIMIT, "no account has more",
	    account_key_create(&call, arena, &key, &err));
	/* the limit is an account's own, and so are its keys */
	good(account_key_create(&other, arena, &key, &err));
	bad(ACCESS_KEY_NOT_FOUND, "has no access key",
	    account_key_enable(&other, first.id, false, &err));
	bad(ACCESS_KEY_NOT_FOUND, "has no access key",
	    account_key_delete(&other, first.id, &err));
	good(account_key_enable(&call, first.id, false, &err));
	good(access_key_get(call.store->db, first.id, arena, &row, &found,
			    &err));
	check(found && !row.active && strcmp(row.secret, first.secret) == 0 &&
	      strcmp(row.account, ACCOUNT) == 0);
	good(account_key_delete(&call, first.id, &err));
	good(access_key_get(call.store->db, first.id, arena, &row, &found,
			    &err));
	check(!found);
	good(access_key_count(call.store->db, ACCOUNT, &count, &err));
	check(count == ACCESS_KEYS_MOST - 1);
}

int main(void)
{
	arena = arena_new();
	store_new();
	names();
	users();
	keys();
	arena_free(arena);
	store_close(call.store);
	return 0;
}
