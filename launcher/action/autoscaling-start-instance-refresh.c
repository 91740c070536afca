/* autoscaling-start-instance-refresh.c - a group's instances are replaced, a
 * few at a time */
#include "launcher/action/noun/scaling.h"

static const struct param params_configuration[] = {
	{ "LaunchTemplate", PARAM_STRUCT, 0, NULL,
	  "what is launched instead, and from then on", NULL,
	  params_template_choice },
	{ 0 },
};

static const struct param params_preferences[] = {
	{ "MinHealthyPercentage", PARAM_INTEGER, 0, NULL,
	  "of the desired capacity stays in service, 90; one may always lack" },
	{ "InstanceWarmup", PARAM_INTEGER, 0, NULL,
	  "seconds before a new instance counts" },
	{ "SkipMatching", PARAM_BOOLEAN, 0, NULL,
	  "those that are of that version stay" },
	{ "ScaleInProtectedInstances", PARAM_STRING, 0, "Refresh|Ignore",
	  "what becomes of protected ones; Ignore" },
	{ 0 },
};

static bool check_preferences(const json_t *wishes, struct error *err)
{
	int64_t percent = arg_int(wishes, "MinHealthyPercentage", 0);

	if (percent < 0 || percent > 100)
		return fail(err, FAULT_VALIDATION,
			    "MinHealthyPercentage is a number from 0 to 100");
	return arg_int(wishes, "InstanceWarmup", 0) >= 0 ||
	       fail(err, FAULT_VALIDATION,
		    "InstanceWarmup is a number from 0 on");
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	struct template_choice choice;
	const struct refresh_request request = {
		.template = args_template_choice(
			args_get(args, "DesiredConfiguration"), &choice),
		.preferences = args_get(args, "Preferences"),
	};
	char id[UUID_SIZE];

	if (!check_preferences(request.preferences, err) ||
	    !scaling_refresh(call, args_str(args, "AutoScalingGroupName", ""),
			     &request, id, err))
		return false;
	node_str(reply->root, "InstanceRefreshId", "InstanceRefreshId", id);
	return true;
}

const struct action action_autoscaling_start_instance_refresh = {
	.name = "StartInstanceRefresh",
	.service = "autoscaling",
	.brief = "replace a group's instances, a few at a time",
	.about = "Terminates instances that were there when it began and "
		 "has the group launch others in their places, of the "
		 "group's template or of a new one, which becomes the "
		 "group's when all are replaced. Never are more of them "
		 "missing than is said, or one; never are there more "
		 "than are desired. It fails, and leaves the group as it "
		 "is then, when five launches in a row do.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "Strategy", PARAM_STRING, 0, "Rolling", "Rolling" },
		{ "DesiredConfiguration", PARAM_STRUCT, 0, NULL,
		  "what they become", NULL, params_configuration },
		{ "Preferences", PARAM_STRUCT, 0, NULL, "how", NULL,
		  params_preferences },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_REFRESH_IN_PROGRESS, FAULT_SCALING_IN_PROGRESS, FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling start-instance-refresh "
		 "--auto-scaling-group-name web --desired-configuration "
		 "LaunchTemplate={LaunchTemplateName=web,Version=2} "
		 "--preferences "
		 "MinHealthyPercentage=50,InstanceWarmup=30",
	.run = run,
};
