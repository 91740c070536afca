/* delete-launch-template-versions.c - versions of a launch template go */
#include "launcher/action/noun/template.h"

#include <string.h>

/* The two lists of the answer. */
struct lists {
	struct node *gone;
	struct node *left;
};

static void answer(const struct lists *lists,
		   const struct launch_template *template, int64_t number,
		   const char *why)
{
	struct node *item = node_item(why ? lists->left : lists->gone);
	struct node *error;

	node_str(item, "LaunchTemplateId", "launchTemplateId", template->id);
	node_str(item, "LaunchTemplateName", "launchTemplateName",
		 template->name);
	node_int(item, "VersionNumber", "versionNumber", number);
	if (!why)
		return;
	error = node_struct(item, "ResponseError", "responseError");
	node_str(error, "Code", "code", why);
	node_str(error, "Message", "message",
		 strcmp(why, "unexpectedError") == 0 ?
			 "The default version cannot be deleted: make another "
			 "one the default, or delete the template." :
			 "Could not find launch template version");
}

static bool remove_one(struct call *call, const struct lists *lists,
		       const struct launch_template *template,
		       const char *version, struct arena *arena,
		       struct error *err)
{
	const char *why;
	int64_t number;

	if (!template_number(template, version, &number, err) ||
	    !template_remove_version(call, template, number, arena, &why, err))
		return false;
	answer(lists, template, number, why);
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct template_choice choice = args_template(args, NULL);
	const json_t *versions = args_get(args, "Versions");
	struct launch_template template;
	struct lists lists;
	const json_t *version;
	auto_tx tx = TX_INIT;
	size_t i;

	if (!arena)
		return fail_memory(err);
	if (json_array_size(versions) > TEMPLATE_DELETE_MOST)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "At most %d versions can be deleted in one request",
			    TEMPLATE_DELETE_MOST);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !template_find(call, choice.id, choice.name, arena, &template, err))
		return false;
	lists.gone = node_list(reply->root,
			       "SuccessfullyDeletedLaunchTemplateVersions",
			       "successfullyDeletedLaunchTemplateVersionSet");
	lists.left = node_list(reply->root,
			       "UnsuccessfullyDeletedLaunchTemplateVersions",
			       "unsuccessfullyDeletedLaunchTemplateVersionSet");
	json_array_foreach(versions, i, version)
		if (!remove_one(call, &lists, &template,
				json_string_value(version), arena, err))
			return false;
	return call_dry_run(call, err) && tx_commit(&tx, err);
}

const struct action action_delete_launch_template_versions = {
	.name = "DeleteLaunchTemplateVersions",
	.brief = "delete versions of a launch template",
	.about = "Deletes versions and answers for each. The default version "
		 "stays: another one has to be the default first.",
	.params = (const struct param[]) {
		PARAMS_TEMPLATE,
		{ "Versions", PARAM_STRING, PARAM_LIST | PARAM_REQUIRED, NULL,
		  "their numbers", "LaunchTemplateVersion" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_MALFORMED, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami delete-launch-template-versions "
		   "--launch-template-name web --versions 1 2",
	.run = run,
};
