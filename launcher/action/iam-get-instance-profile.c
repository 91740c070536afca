/* iam-get-instance-profile.c - there are no instance profiles */
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)call;
	(void)reply;
	return fail(err, FAULT_NO_SUCH_ENTITY,
		    "Instance Profile %.128s cannot be found.",
		    args_str(args, "InstanceProfileName", ""));
}

const struct action action_iam_get_instance_profile = {
	.name = "GetInstanceProfile",
	.service = "iam",
	.brief = "look for an instance profile",
	.about = "Instances have no roles here, so that there is none to be "
		 "found: this is for clients that ask.",
	.params = (const struct param[]) {
		{ "InstanceProfileName", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "its name" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_NO_SUCH_ENTITY, FAULT_NONE },
	.example = "qami iam get-instance-profile --instance-profile-name web",
	.run = run,
};
