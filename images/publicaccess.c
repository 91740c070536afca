/* publicaccess.c - an account's word that nothing of its own becomes public */
#include "images/publicaccess.h"

#include <string.h>

#include "images/registry/publicblock.h"

bool public_access_get(struct call *call, const char *kind, struct arena *arena,
		       const char **ret_state, struct error *err)
{
	return public_block_get(call->store->db, call->account, kind, arena,
				ret_state, err) &&
	       call_dry_run(call, err);
}

bool public_access_set(struct call *call, const char *kind, const char *state,
		       struct error *err)
{
	return call_dry_run(call, err) &&
	       public_block_set(call->store->db, call->account, kind, state,
				err);
}

bool public_access_check(struct call *call, const char *kind,
			 const char *const *grantees, size_t count,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	bool all = false;
	const char *state;

	if (!arena)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		all = all || strcmp(grantees[i], "all") == 0;
	if (!all)
		return true;
	if (!public_block_get(call->store->db, call->account, kind, arena,
			      &state, err))
		return false;
	return strcmp(state, "unblocked") == 0 ||
	       fail(err, FAULT_OPERATION_NOT_PERMITTED,
		    "Block public access is enabled for the %ss of this "
		    "account (%s): the %s cannot be made public",
		    kind, state, kind);
}
