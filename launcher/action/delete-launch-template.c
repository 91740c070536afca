/* delete-launch-template.c - a launch template goes, with all versions */
#include "launcher/action/noun/template.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct template_choice choice = args_template(args, NULL);
	struct launch_template template;

	if (!arena)
		return fail_memory(err);
	return template_remove(call, choice.id, choice.name, arena, &template,
			       err) &&
	       reply_template(call->store->db, &template,
			      node_struct(reply->root, "LaunchTemplate",
					  "launchTemplate"),
			      err);
}

const struct action action_delete_launch_template = {
	.name = "DeleteLaunchTemplate",
	.brief = "delete a launch template with all its versions",
	.about = "Deletes a template. Instances that were launched from it "
		 "stay.",
	.params = (const struct param[]) {
		PARAMS_TEMPLATE,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NOT_FOUND, FAULT_TEMPLATE_NAME_NOT_FOUND,
		FAULT_TEMPLATE_MALFORMED, FAULT_PARAMETER_COMBINATION,
		FAULT_NONE },
	.example = "qami delete-launch-template --launch-template-name web",
	.run = run,
};
