/* identity.c - an account as IAM knows its one user
 *
 * A user's id is a digest of the account's number: always the same, and with
 * nothing in it that its neighbours could be told from.
 */
#include "launcher/action/identity.h"

#include <string.h>

#include "images/base/digest.h"
#include "images/registry/account.h"
#include "images/store.h"

#define USER_ID "AIDA"
#define USER_ID_DIGITS 17

static const char *user_id(const char *account, struct arena *arena)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t digest[SHA256_SIZE];
	char text[USER_ID_DIGITS + 1] = "";

	sha256(account, strlen(account), digest);
	for (size_t i = 0; i < USER_ID_DIGITS; i++)
		text[i] = digits[digest[i] % 32];
	return arena_format(arena, USER_ID "%s", text);
}

bool identity_read(const struct call *call, struct arena *arena,
		   struct identity *ret_identity, struct error *err)
{
	struct account account = { .name = NULL };
	const char *arn = "arn:aws:iam::";
	bool found;

	if (!account_get(call->store->db, call->account, arena, &account,
			 &found, err))
		return false;
	if (account.name) {
		ret_identity->name = account.name;
		ret_identity->id = user_id(call->account, arena);
		ret_identity->arn = arena_format(arena, "%s%s:user/%s", arn,
						 call->account, account.name);
	} else {
		ret_identity->name = "root";
		ret_identity->id = arena_str(arena, call->account);
		ret_identity->arn =
			arena_format(arena, "%s%s:root", arn, call->account);
	}
	ret_identity->created = found ? account.created : call->now;
	return ret_identity->id && ret_identity->arn ? true : fail_memory(err);
}
