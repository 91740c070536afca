/* publicblock.h - the public_block table: what an account shares with nobody
 * unless it names him
 */
#ifndef QAMI_REGISTRY_PUBLICBLOCK_H
#define QAMI_REGISTRY_PUBLICBLOCK_H

#include "images/registry/db.h"

/* What an account blocks of its images ("image") or snapshots ("snapshot"):
 * "block-new-sharing" or "block-all-sharing", "unblocked" where nothing was
 * said; in the arena. */
bool public_block_get(struct db *db, const char *account, const char *kind,
		      struct arena *arena, const char **ret_state,
		      struct error *err) must_check;

/* Sets it; the account is one that is there. */
bool public_block_set(struct db *db, const char *account, const char *kind,
		      const char *state, struct error *err) must_check;

#endif
