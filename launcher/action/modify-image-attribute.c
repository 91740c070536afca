/* modify-image-attribute.c - share an image, or describe it
 *
 * Clients write permissions in two forms, some of them in both at once:
 * LaunchPermission.Add/Remove, and Attribute with OperationType and lists of
 * users and groups. Granting twice is granting once.
 */
#include <string.h>

#include "images/image.h"
#include "images/registry/account.h"
#include "launcher/action/action.h"
#include "launcher/action/params-value.h"
#include "launcher/action/query.h"

/* Grantees in the making: accounts and "all". */
struct grantees {
	struct arena *arena;
	const char **all;
	size_t count;
};

static bool add(struct grantees *to, const char *grantee, struct error *err)
{
	to->all = arena_more(to->arena, to->all, to->count, sizeof(*to->all));
	if (!to->all)
		return fail_memory(err);
	to->all[to->count++] = grantee;
	return true;
}

static bool add_user(struct grantees *to, const char *user, struct error *err)
{
	if (!account_valid(user))
		return fail(err, FAULT_IMAGE_ATTRIBUTE_ITEM,
			    "Invalid attribute item value \"%.64s\" for userId "
			    "item type.",
			    user);
	return add(to, user, err);
}

static bool add_group(struct grantees *to, const char *group,
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
static bool read_permissions(const json_t *list, struct grantees *to,
			     struct error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *user = arg_str(one, "UserId", NULL);
		const char *group = arg_str(one, "Group", NULL);

		if (!user && !group)
			return fail(err, FAULT_IMAGE_ATTRIBUTE_ITEM,
				    "A launch permission names a UserId or "
				    "a Group");
		if ((user && !add_user(to, user, err)) ||
		    (group && !add_group(to, group, err)))
			return false;
	}
	return true;
}

/* The older form: OperationType with UserIds and UserGroups. */
static bool read_operation(const struct args *args, struct grantees *to,
			   struct error *err)
{
	const char *const *users, *const *groups;
	size_t user_count, group_count;

	if (!args_texts(args_get(args, "UserIds"), to->arena, &users,
			&user_count, err) ||
	    !args_texts(args_get(args, "UserGroups"), to->arena, &groups,
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

/* The new description, in either of its forms. */
static const char *new_description(const struct args *args)
{
	const json_t *value = args_get(args, "Description");

	if (value)
		return arg_str(value, "Value", "");
	if (strcmp(args_str(args, "Attribute", ""), "description") == 0)
		return args_str(args, "Value", "");
	return NULL;
}

static bool run(struct call *call, const struct args *args,
		struct reply *reply, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct grantees grant = { .arena = arena }, revoke = grant;
	const json_t *permission = args_get(args, "LaunchPermission");
	bool removes = strcmp(args_str(args, "OperationType", "add"),
			      "remove") == 0;
	const char *id = args_str(args, "ImageId", "");
	const char *description = new_description(args);

	if (!arena)
		return fail_memory(err);
	if (!read_permissions(json_object_get(permission, "Add"), &grant,
			      err) ||
	    !read_permissions(json_object_get(permission, "Remove"), &revoke,
			      err) ||
	    !read_operation(args, removes ? &revoke : &grant, err))
		return false;
	if ((description != NULL) == (grant.count || revoke.count))
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The request must contain exactly one attribute "
			    "to modify");
	if (description && !image_describe(call, id, description, err))
		return false;
	if ((grant.count || revoke.count) &&
	    !image_share(call, id, grant.all, grant.count, revoke.all,
			 revoke.count, err))
		return false;
	reply_return(reply);
	return true;
}

static const struct param params_permission[] = {
	{ "UserId", PARAM_STRING, 0, NULL, "an account" },
	{ "Group", PARAM_STRING, 0, NULL, "all" },
	{ 0 },
};

static const struct param params_permissions[] = {
	{ "Add", PARAM_STRUCT, PARAM_LIST, NULL, "who may launch it", NULL,
	  params_permission },
	{ "Remove", PARAM_STRUCT, PARAM_LIST, NULL, "who may no longer", NULL,
	  params_permission },
	{ 0 },
};

const struct action action_modify_image_attribute = {
	.name = "ModifyImageAttribute",
	.brief = "share an image, or describe it",
	.about = "Adds and removes launch permissions, for accounts or for "
		 "all, or changes the description.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami|aki|ari",
		  "the image" },
		{ "LaunchPermission", PARAM_STRUCT, 0, NULL,
		  "Add=[{UserId=…}],Remove=[{Group=all}]", NULL,
		  params_permissions },
		{ "Description", PARAM_STRUCT, 0, NULL, "Value=…", NULL,
		  params_value_text },
		{ "Attribute", PARAM_STRING, PARAM_LOOSE,
		  "launchPermission|description|productCodes|imdsSupport",
		  "which" },
		{ "Value", PARAM_STRING, PARAM_EMPTY, NULL,
		  "the new description" },
		{ "OperationType", PARAM_STRING, 0, "add|remove",
		  "what UserIds and UserGroups are for" },
		{ "UserIds", PARAM_STRING, PARAM_LIST, NULL, "accounts",
		  "UserId" },
		{ "UserGroups", PARAM_STRING, PARAM_LIST, NULL, "all",
		  "UserGroup" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_IMAGE_ATTRIBUTE_ITEM, FAULT_AUTH_FAILURE,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami modify-image-attribute --image-id "
		   "ami-0123456789abcdef0 --launch-permission "
		   "Add=[{UserId=222222222222}]",
	.run = run,
};
