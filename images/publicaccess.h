/* publicaccess.h - an account's word that nothing of its own becomes public
 *
 * What is blocked is sharing with all; who is named by his number is let in as
 * before. EC2's states, for images and for snapshots each:
 *
 *   unblocked          an account that has said nothing
 *   block-new-sharing  nothing becomes public; what is, stays so
 *   block-all-sharing  snapshots only: those that are public are hidden from
 *                      others, too, until it is lifted
 */
#ifndef QAMI_IMAGES_PUBLICACCESS_H
#define QAMI_IMAGES_PUBLICACCESS_H

#include "images/store.h"

/* The caller's account's state for "image" or "snapshot"; in the arena. */
bool public_access_get(struct call *call, const char *kind, struct arena *arena,
		       const char **ret_state, struct error *err) must_check;
bool public_access_set(struct call *call, const char *kind, const char *state,
		       struct error *err) must_check;

/* Whether the caller may grant something of that kind to some grantees:
 * FAULT_OPERATION_NOT_PERMITTED when "all" is among them and that is blocked.
 * Within the transaction that grants it. */
bool public_access_check(struct call *call, const char *kind,
			 const char *const *grantees, size_t count,
			 struct error *err) must_check;

#endif
