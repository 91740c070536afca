/* create-launch-template-version.c - a launch template says something else */
#include "launcher/action/launching.h"
#include "launcher/action/noun/template.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct template_choice choice =
		args_template(args, "SourceVersion");
	struct template_request request;
	struct template_version version;

	if (!arena)
		return fail_memory(err);
	return args_template_request(call, args, arena, &request, err) &&
	       template_add(call, &choice, &request, arena, &version, err) &&
	       reply_template_version(&version,
				      node_struct(reply->root,
						  "LaunchTemplateVersion",
						  "launchTemplateVersion"),
				      err);
}

const struct action action_create_launch_template_version = {
	.name = "CreateLaunchTemplateVersion",
	.brief = "add a version to a launch template",
	.about = "Adds a version under the next number; no number is used "
		 "twice. With a source version, parameters that are not given "
		 "are that version's, but for the snapshots of its block "
		 "devices. The default version stays what it was: see "
		 "modify-launch-template.",
	.params = (const struct param[]) {
		PARAMS_TEMPLATE,
		{ "SourceVersion", PARAM_STRING, 0, NULL,
		  "what it is based on: a number, $Latest or $Default" },
		{ "VersionDescription", PARAM_STRING, 0, NULL,
		  "free text for people" },
		{ "LaunchTemplateData", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "the parameters", NULL, params_template_data },
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_VERSION_NOT_FOUND, FAULT_TEMPLATE_MALFORMED,
		FAULT_PARAMETER_COMBINATION, FAULT_IDEMPOTENT_MISMATCH,
		FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami create-launch-template-version "
		   "--launch-template-name web --source-version '$Latest' "
		   "--launch-template-data ImageId=ami-0123456789abcdef0",
	.run = run,
};
