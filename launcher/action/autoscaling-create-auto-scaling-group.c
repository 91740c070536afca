/* autoscaling-create-auto-scaling-group.c - so many instances are kept running
 */
#include "launcher/action/noun/scaling.h"

#include <string.h>

static bool check_tags(const json_t *tags, const char *group,
		       struct arena *arena, struct error *err)
{
	const struct pair *pairs;
	const json_t *tag;
	size_t count, i;

	json_array_foreach(tags, i, tag)
		if (strcmp(arg_str(tag, "ResourceId", group), group) != 0)
			return fail(err, FAULT_VALIDATION,
				    "A tag is for another group: %.100s",
				    arg_str(tag, "ResourceId", ""));
	return args_pairs(tags, arena, &pairs, &count, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct scaling_said said;

	(void)reply;
	if (!arena)
		return fail_memory(err);
	if (!args_scaling(args, arena, &said, err) ||
	    !check_tags(said.request.tags, said.request.name, arena, err))
		return false;
	if (!said.request.template)
		return fail(err, FAULT_VALIDATION,
			    "Valid requests must contain a LaunchTemplate");
	return scaling_create(call, &said.request, err);
}

const struct action action_autoscaling_create_auto_scaling_group = {
	.name = "CreateAutoScalingGroup",
	.service = "autoscaling",
	.brief = "keep so many instances of a launch template running",
	.about = "Makes a group, which launches what lacks, terminates "
		 "what is over, and replaces an instance whose machine "
		 "does not run: one that was terminated, stopped, or "
		 "whose guest powered itself off. A job does it, in the "
		 "server or in a process of its own that stays for as "
		 "long as there is a group; after the host has started "
		 "it begins with the next command on the store.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "MinSize", PARAM_INTEGER, PARAM_REQUIRED, NULL,
		  "never fewer" },
		{ "MaxSize", PARAM_INTEGER, PARAM_REQUIRED, NULL,
		  "never more" },
		PARAMS_GROUP_SHAPE,
		{ "Tags", PARAM_STRUCT, PARAM_LIST, NULL,
		  "Key=…,Value=…,PropagateAtLaunch=true", NULL,
		  params_group_tag },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_SCALING_EXISTS, FAULT_VALIDATION, FAULT_TAG_LIMIT, FAULT_NONE },
	.example = "qami autoscaling create-auto-scaling-group "
		 "--auto-scaling-group-name web --min-size 1 --max-size "
		 "4 --desired-capacity 2 --launch-template "
		 "LaunchTemplateName=web",
	.run = run,
};
