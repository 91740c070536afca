/* autoscaling-resume-processes.c - what a group does again */
#include "launcher/action/noun/scaling.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return args_suspend(call, args, false, err);
}

const struct action action_autoscaling_resume_processes = {
	.name = "ResumeProcesses",
	.service = "autoscaling",
	.brief = "let a group do again what was suspended",
	.about = "Resumes what suspend-processes suspended.",
	.params = (const struct param[]) {
		PARAMS_GROUP_NAME,
		{ "ScalingProcesses", PARAM_STRING, PARAM_LIST, NULL,
		  "their names; all if none is given" },
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_VALIDATION, FAULT_NONE },
	.example = "qami autoscaling resume-processes "
		 "--auto-scaling-group-name web --scaling-processes "
		 "Launch",
	.run = run,
};
