/* account.h - accounts, who of the host's users acts as them, and their keys
 *
 * Only the store's owner makes accounts and keys: nothing here is reachable
 * through the endpoint, so that no key can mint another.
 */
#ifndef QAMI_IMAGES_ACCOUNT_H
#define QAMI_IMAGES_ACCOUNT_H

#include <sys/types.h>

#include "images/base/arena.h"
#include "images/registry/accesskey.h"
#include "images/registry/account.h"
#include "images/store.h"

#define ACCESS_KEYS_MOST 8 /* an account's */

/* Makes an account: `id` NULL draws one; `user` ACCOUNT_NOBODY is nobody's. A
 * name is at most 64 of A-Za-z0-9+=,.@_-, not all digits, and unique; NULL is
 * none. An account that came to be by being used takes a name and a user as
 * long as it has neither. FAULT_INVALID_PARAMETER for what cannot be,
 * FAULT_ACCOUNT_EXISTS for what is there. */
bool account_create(const struct call *call, const char *id, const char *name,
		    uid_t user, char ret_id[ACCOUNT_SIZE], struct error *err)
	must_check;

/* The account that a user of the host acts as, in ret_id; *ret_found is false
 * when none was made for him. */
bool account_of_user(const struct call *call, uid_t user,
		     char ret_id[ACCOUNT_SIZE], bool *ret_found,
		     struct error *err) must_check;

/* Makes a key for the caller's account; its texts are in the arena. Not over
 * the endpoint: the secret leaves the store here.
 * FAULT_RESOURCE_LIMIT when there are ACCESS_KEYS_MOST. */
bool account_key_create(const struct call *call, struct arena *arena,
			struct access_key *ret_key, struct error *err)
	must_check;

/* Each changes a key of the caller's: FAULT_ACCESS_KEY_NOT_FOUND else. From
 * the moment it returns no request is let in by a key that is disabled or
 * gone. */
bool account_key_enable(const struct call *call, const char *id, bool active,
			struct error *err) must_check;
bool account_key_delete(const struct call *call, const char *id,
			struct error *err) must_check;

#endif
