/* create-snapshot.c - freeze what a volume holds now under a new id */
#include "images/snapshot.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/snapshot.h"
#include "launcher/instance/job.h"

static bool answer(struct call *call, const char *id, struct reply *reply,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot snapshot;

	if (!arena)
		return fail_memory(err);
	return authorise_snapshot(call, RIGHT_OWN, id, arena, &snapshot, err) &&
	       reply_snapshot(call, &snapshot, SNAPSHOT_MADE, reply->root, err);
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct snapshot_request request = {
		.volume = args_str(args, "VolumeId", ""),
		.description = args_str(args, "Description", NULL),
	};
	char id[ID_SIZE];

	if (!arena)
		return fail_memory(err);
	return args_tags(args_get(args, "TagSpecifications"), "snapshot",
			 "snapshot", arena, &request.tags, &request.tag_count,
			 err) &&
	       snapshot_create(call, &request, id, err) &&
	       answer(call, id, reply, err) && job_spawn(call, err);
}

const struct action action_create_snapshot = {
	.name = "CreateSnapshot",
	.brief = "freeze what a volume holds now under a new snapshot id",
	.about = "Puts a new, empty layer over the volume's and names the one "
		 "below, in a time that does not depend on its size. The volume "
		 "may be in use: its machine moves on to the new layer without "
		 "a pause. A guest agent, if there is one, freezes the "
		 "filesystems meanwhile. The snapshot is completed when this "
		 "answers; one of a volume whose bytes are still fetched from "
		 "a bucket or another region is pending for as long.",
	.params = (const struct param[]) {
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_VOLUME_CAPACITY,
		FAULT_TAG_LIMIT,
		FAULT_SNAPSHOT_LIMIT, FAULT_NONE },
	.example = "qami create-snapshot --volume-id vol-0123456789abcdef0 "
		   "--description nightly",
	.run = run,
};
