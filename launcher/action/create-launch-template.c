/* create-launch-template.c - keep the parameters of launches under a name */
#include "launcher/action/launching.h"
#include "launcher/action/noun/template.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct template_request request;
	struct launch_template template;

	if (!arena)
		return fail_memory(err);
	if (!args_template_request(call, args, arena, &request, err) ||
	    !args_tags(args_get(args, "TagSpecifications"), "launch-template",
		       "launch-template", arena, &request.tags,
		       &request.tag_count, err))
		return false;
	request.name = args_str(args, "LaunchTemplateName", "");
	return template_create(call, &request, arena, &template, err) &&
	       reply_template(call->store->db, &template,
			      node_struct(reply->root, "LaunchTemplate",
					  "launchTemplate"),
			      err);
}

const struct action action_create_launch_template = {
	.name = "CreateLaunchTemplate",
	.brief = "keep the parameters of launches under a name",
	.about = "Makes a launch template with its first version, from which "
		 "run-instances launches and Auto Scaling groups keep machines "
		 "running. It may say whatever run-instances takes that is not "
		 "of one instance alone. Each parameter is checked for what it "
		 "is; whether the image, the key pair or a snapshot exists is "
		 "found out by a launch.",
	.params = (const struct param[]) {
		{ "LaunchTemplateName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "3 to 128 of a-z, A-Z, 0-9 and ()./-_" },
		{ "VersionDescription", PARAM_STRING, 0, NULL,
		  "free text for people" },
		{ "LaunchTemplateData", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "the parameters", NULL, params_template_data },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_CLIENT_TOKEN,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_TEMPLATE_NAME_EXISTS, FAULT_TEMPLATE_NAME_MALFORMED,
		FAULT_IDEMPOTENT_MISMATCH, FAULT_UNSUPPORTED, FAULT_TAG_LIMIT,
		FAULT_NONE },
	.example = "qami create-launch-template --launch-template-name web "
		   "--launch-template-data "
		   "ImageId=ami-0123456789abcdef0,InstanceType=t3.small",
	.run = run,
};
