/* permission.c - who gets, or loses, a permission */
#include "launcher/action/permission.h"

#include <string.h>

#include "images/registry/account.h"
#include "launcher/action/query.h"

/* Grantees in the making. */
struct gathering {
	struct arena *arena;
	const char **all;
	size_t count;
};

static bool add(struct gathering *to, const char *grantee, struct error *err)
{
	to->all = arena_more(to->arena, to->all, to->count, sizeof(*to->all));
	if (!to->all)
		return fail_memory(err);
	to->all[to->count++] = grantee;
	return true;
}

static bool add_user(struct gathering *to, const char *user, struct error *err)
{
	if (!account_valid(user))
		return fail(err, FAULT_IMAGE_ATTRIBUTE_ITEM,
			    "Invalid attribute item value \"%.64s\" for userId "
			    "item type.",
			    user);
	return add(to, user, err);
}

static bool add_group(struct gathering *to, const char *group,
		      struct error *err)
{
	if (strcmp(group, "all") != 0)
		return fail(err, FAULT_IMAGE_ATTRIBUTE_ITEM,
			    "Invalid attribute item value \"%.64s\" for group "
			    "item type.",
			    group);
	return add(to, group, err);
}

/* A list of {UserId | Group}. */
static bool read_list(const json_t *list, struct gathering *to,
		      struct error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *user = arg_str(one, "UserId", NULL);
		const char *group = arg_str(one, "Group", NULL);

		if (!user && !group)
			return fail(err, FAULT_IMAGE_ATTRIBUTE_ITEM,
				    "A permission names a UserId or a Group");
		if ((user && !add_user(to, user, err)) ||
		    (group && !add_group(to, group, err)))
			return false;
	}
	return true;
}

/* The older form: OperationType with lists of users and groups. */
static bool read_operation(const struct args *args, const char *group_name,
			   struct gathering *to, struct error *err)
{
	const char *const *users, *const *groups;
	size_t user_count, group_count;

	if (!args_texts(args_get(args, "UserIds"), to->arena, &users,
			&user_count, err) ||
	    !args_texts(args_get(args, group_name), to->arena, &groups,
			&group_count, err))
		return false;
	for (size_t i = 0; i < user_count; i++)
		if (!add_user(to, users[i], err))
			return false;
	for (size_t i = 0; i < group_count; i++)
		if (!add_group(to, groups[i], err))
			return false;
	return true;
}

bool args_permission(const struct args *args, const char *name,
		     const char *groups, struct arena *arena,
		     struct grantees *ret_add, struct grantees *ret_remove,
		     struct error *err)
{
	struct gathering grant = { .arena = arena }, revoke = grant;
	const json_t *permission = args_get(args, name);
	bool removes =
		strcmp(args_str(args, "OperationType", "add"), "remove") == 0;

	if (!read_list(json_object_get(permission, "Add"), &grant, err) ||
	    !read_list(json_object_get(permission, "Remove"), &revoke, err) ||
	    !read_operation(args, groups, removes ? &revoke : &grant, err))
		return false;
	*ret_add = (struct grantees){ grant.all, grant.count };
	*ret_remove = (struct grantees){ revoke.all, revoke.count };
	return true;
}

void reply_grantee(void *data, const char *grantee)
{
	struct node *item = node_item(data);

	if (strcmp(grantee, "all") == 0)
		node_str(item, "Group", "group", grantee);
	else
		node_str(item, "UserId", "userId", grantee);
}

static const struct param params_permission[] = {
	{ "UserId", PARAM_STRING, 0, NULL, "an account" },
	{ "Group", PARAM_STRING, 0, NULL, "all" },
	{ 0 },
};

const struct param params_permissions[] = {
	{ "Add", PARAM_STRUCT, PARAM_LIST, NULL, "who may use it", NULL,
	  params_permission },
	{ "Remove", PARAM_STRUCT, PARAM_LIST, NULL, "who may no longer", NULL,
	  params_permission },
	{ 0 },
};
