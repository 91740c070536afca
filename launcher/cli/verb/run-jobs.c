/* run-jobs.c - what goes on after answers: a process of its own */
#include "launcher/action/action.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	(void)reply;
	return job_run_all(call, args_bool(args, "Slow", false), err);
}

const struct action verb_run_jobs = {
	.name = "run-jobs",
	.brief = "run the jobs that other calls left behind",
	.about = "Runs until no job is left. Calls that leave one behind start "
		 "it by themselves; nobody else needs to.",
	.params = (const struct param[]) {
		{ "Slow", PARAM_BOOLEAN, 0, NULL,
		  "those that may take long, instead of the others" },
		{ 0 },
	},
	.example = "qami run-jobs",
	.local = true,
	.run = run,
};
