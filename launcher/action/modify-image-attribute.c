/* modify-image-attribute.c - share an image, or describe it */
#include <string.h>

#include "images/image.h"
#include "launcher/action/params-value.h"
#include "launcher/action/permission.h"

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

/* Whether guests are to speak IMDSv2 only, in either form. */
static bool wants_tokens(const struct args *args, bool *ret_wants,
			 struct error *err)
{
	const json_t *value = args_get(args, "ImdsSupport");
	const char *text = value ? arg_str(value, "Value", "") : NULL;

	if (!text &&
	    strcmp(args_str(args, "Attribute", ""), "imdsSupport") == 0)
		text = args_str(args, "Value", "");
	*ret_wants = text;
	return !text || strcmp(text, "v2.0") == 0 ||
	       fail(err, FAULT_INVALID_PARAMETER,
		    "Value (%.32s) for parameter imdsSupport is invalid: it "
		    "takes v2.0",
		    text);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = args_str(args, "ImageId", "");
	const char *description = new_description(args);
	struct grantees grant, revoke;
	bool tokens;

	if (!arena)
		return fail_memory(err);
	if (!args_permission(args, "LaunchPermission", "UserGroups", arena,
			     &grant, &revoke, err) ||
	    !wants_tokens(args, &tokens, err))
		return false;
	if ((description != NULL) + tokens + (grant.count || revoke.count) != 1)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The request must contain exactly one attribute "
			    "to modify");
	if (description && !image_describe(call, id, description, err))
		return false;
	if (tokens && !image_require_tokens(call, id, err))
		return false;
	if ((grant.count || revoke.count) &&
	    !image_share(call, id, grant.all, grant.count, revoke.all,
			 revoke.count, err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_modify_image_attribute = {
	.name = "ModifyImageAttribute",
	.brief = "share an image, or describe it",
	.about = "Adds and removes launch permissions, for accounts or for "
		 "all, or changes the description, or has the guests of the "
		 "image speak IMDSv2 only, for good.",
	.params = (const struct param[]) {
		{ "ImageId", PARAM_ID, PARAM_REQUIRED, "ami|aki|ari",
		  "the image" },
		{ "LaunchPermission", PARAM_STRUCT, 0, NULL,
		  "Add=[{UserId=…}],Remove=[{Group=all}]", NULL,
		  params_permissions },
		{ "Description", PARAM_STRUCT, 0, NULL, "Value=…", NULL,
		  params_value_text },
		{ "ImdsSupport", PARAM_STRUCT, 0, NULL,
		  "Value=v2.0: guests speak IMDSv2 only", NULL,
		  params_value_text },
		{ "Attribute", PARAM_STRING, PARAM_LOOSE,
		  "launchPermission|description|productCodes|imdsSupport",
		  "which" },
		{ "Value", PARAM_STRING, PARAM_EMPTY, NULL,
		  "the new description" },
		PARAMS_OPERATION,
		{ "UserGroups", PARAM_STRING, PARAM_LIST, NULL, "all",
		  "UserGroup" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_IMAGE_NOT_FOUND, FAULT_IMAGE_UNAVAILABLE,
		FAULT_IMAGE_ATTRIBUTE_ITEM,
		FAULT_OPERATION_NOT_PERMITTED, FAULT_AUTH_FAILURE,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami modify-image-attribute --image-id "
		   "ami-0123456789abcdef0 --launch-permission "
		   "Add=[{UserId=222222222222}]",
	.run = run,
};
