/* permission.h - who gets, or loses, a permission: in both forms that clients
 * write
 *
 * A structure with Add and Remove, and OperationType with lists of users and
 * groups; some clients send both at once. Granting twice is granting once.
 */
#ifndef QAMI_ACTION_PERMISSION_H
#define QAMI_ACTION_PERMISSION_H

#include "images/base/arena.h"
#include "launcher/action/action.h"

/* Accounts and "all"; the array is the arena's, the texts are the args'. */
struct grantees {
	const char *const *all;
	size_t count;
};

/* Reads the structure `name` and OperationType, UserIds and `groups`.
 * FAULT_IMAGE_ATTRIBUTE_ITEM for what is neither an account nor "all". */
bool args_permission(const struct args *args, const char *name,
		     const char *groups, struct arena *arena,
		     struct grantees *ret_add, struct grantees *ret_remove,
		     struct error *err) must_check;

/* Adds a grantee to the list `data`, a struct node: {Group} or {UserId}. */
void reply_grantee(void *data, const char *grantee);

extern const struct param params_permissions[];

#define PARAMS_OPERATION                                                       \
	{ "OperationType", PARAM_STRING, 0, "add|remove",                      \
	  "what the lists of users and groups are for" },                      \
	{ "UserIds", PARAM_STRING, PARAM_LIST, NULL, "accounts", "UserId" }

#endif
