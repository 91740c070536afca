/* rmi.c - remove images and what only they use */
#include "images/image.h"
#include "launcher/action/action.h"
#include "launcher/action/query.h"
#include "launcher/instance/job.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *const *ids;
	size_t count;

	(void)reply;
	if (!arena)
		return fail_memory(err);
	if (!args_texts(args_get(args, "Images"), arena, &ids, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!image_deregister(call, ids[i], true, NULL, NULL, err))
			return false;
	return job_spawn(call, err);
}

const struct action verb_rmi = {
	.name = "rmi",
	.brief = "remove images with their snapshots",
	.about = "Deregisters images and deletes the snapshots that no other "
		 "image uses, unless they are locked. Instances launched from "
		 "them stay.",
	.params = (const struct param[]) {
		{ "Images", PARAM_ID,
		  PARAM_POSITIONAL | PARAM_LIST | PARAM_REQUIRED | PARAM_NAMED,
		  "ami|aki|ari", "images: ids, names or beginnings of ids" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_IMAGE_NOT_FOUND,
		FAULT_IMAGE_UNAVAILABLE, FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami rmi debian12",
	.local = true,
	.travels = true,
	.run = run,
};
