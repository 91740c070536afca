/* modify-launch-template.c - another version is the default */
#include "launcher/action/noun/template.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct template_choice choice =
		args_template(args, "DefaultVersion");
	struct launch_template template;

	if (!arena)
		return fail_memory(err);
	if (!choice.version)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "SetDefaultVersion");
	return template_set_default(call, &choice, arena, &template, err) &&
	       reply_template(call->store->db, &template,
			      node_struct(reply->root, "LaunchTemplate",
					  "launchTemplate"),
			      err);
}

const struct action action_modify_launch_template = {
	.name = "ModifyLaunchTemplate",
	.brief = "make another version of a launch template the default",
	.about = "Sets the version that is meant where none is said.",
	.params = (const struct param[]) {
		PARAMS_TEMPLATE,
		{ "DefaultVersion", PARAM_STRING, 0, NULL,
		  "a number, or $Latest for the number that is the latest now",
		  "SetDefaultVersion" },
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_VERSION_NOT_FOUND, FAULT_TEMPLATE_MALFORMED,
		FAULT_PARAMETER_COMBINATION, FAULT_IDEMPOTENT_MISMATCH,
		FAULT_NONE },
	.example = "qami modify-launch-template --launch-template-name web "
		   "--default-version 2",
	.run = run,
};
