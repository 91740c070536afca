/* auth.c - who sits at the unix socket; nobody's signature is good yet
 *
 * Signatures are not verified so far, and therefore nobody is let in by one.
 */
#include "launcher/http/auth.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "images/account.h"
#include "images/store.h"

bool auth_signed(const struct exchange *exchange)
{
	return exchange_header(exchange, "authorization") ||
	       strstr(exchange->query, "X-Amz-Algorithm=") ||
	       strstr(exchange->query, "X-Amz-Signature=");
}

bool auth_signature(struct exchange *exchange, struct caller *ret_caller,
		    struct error *err)
{
	(void)exchange;
	(void)ret_caller;
	return fail(err, FAULT_AUTH_FAILURE,
		    "AWS was not able to validate the provided access "
		    "credentials");
}

static bool is_owner(const struct exchange *exchange)
{
	struct stat st;

	return exchange->uid == 0 || (stat(exchange->store->path, &st) == 0 &&
				      st.st_uid == exchange->uid);
}

bool auth_peer(struct exchange *exchange, struct caller *ret_caller,
	       struct error *err)
{
	struct call call = { .store = exchange->store, .now = exchange->now };
	bool owner = is_owner(exchange), found = owner;

	if (owner ? !call_account(&call,
				  exchange_header(exchange, "x-qami-account"),
				  err) :
		    !account_of_user(&call, exchange->uid, call.account, &found,
				     err))
		return false;
	if (!found)
		return fail(err, FAULT_AUTH_FAILURE,
			    "No account was made for this user");
	*ret_caller = (struct caller){
		.region = exchange->store->region,
		.owner = owner,
	};
	snprintf(ret_caller->account, sizeof(ret_caller->account), "%s",
		 call.account);
	snprintf(exchange->account, sizeof(exchange->account), "%s",
		 call.account);
	return true;
}
