/* commit.c - what a machine has become, as an image to launch others from */
#include "images/capture.h"
#include "launcher/action/action.h"
#include "launcher/instance/job.h"
#include "launcher/instance/reconcile.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct pair name = { "Name", args_str(args, "Name", "") };
	struct capture capture = {
		.instance = args_str(args, "Instance", ""),
		.name = name.value,
		.description = args_str(args, "Description", NULL),
		.tags = &name,
		.tag_count = 1,
	};
	struct capture_plan plan;

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    !capture_plan(call, &capture, arena, &plan, err) ||
	    !capture_take(call, &plan, err))
		return false;
	node_str(reply->root, "ImageId", "imageId", plan.id);
	reply->raw_text = true;
	return job_spawn(call, err);
}

const struct action verb_commit = {
	.name = "commit",
	.brief = "make an image of a machine as it is now",
	.about = "Freezes all volumes of an instance in one instant, without "
		 "stopping it, and registers an image over them. Prints the "
		 "image's id. What the guest has not written to its disks is "
		 "not in it; qami create-image shuts the guest down first.",
	.params = (const struct param[]) {
		{ "Instance", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_REQUIRED | PARAM_NAMED, "i",
		  "instance: id, name or beginning of an id" },
		{ "Name", PARAM_STRING, PARAM_POSITIONAL | PARAM_REQUIRED,
		  NULL, "the image's name" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_IMAGE_NAME_DUPLICATE, FAULT_IMAGE_NAME_MALFORMED,
		FAULT_NONE },
	.example = "qami commit web1 web-2",
	.local = true,
	.travels = true,
	.machines = true,
	.run = run,
};
