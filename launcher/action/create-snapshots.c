/* create-snapshots.c - freeze all volumes of an instance in one instant */
#include "images/snapshot.h"
#include "launcher/action/action.h"
#include "launcher/action/mapping.h"
#include "launcher/action/noun/snapshot.h"
#include "launcher/action/query.h"
#include "launcher/instance/job.h"

static bool answer(struct call *call, const char *const *ids, size_t count,
		   struct arena *arena, struct reply *reply, struct error *err)
{
	struct node *list = node_list(reply->root, "Snapshots", "snapshotSet");

	for (size_t i = 0; i < count; i++) {
		struct snapshot snapshot;

		if (!authorise_snapshot(call, RIGHT_OWN, ids[i], arena,
					&snapshot, err) ||
		    !reply_snapshot(call, &snapshot, SNAPSHOT_INFO,
				    node_item(list), err))
			return false;
	}
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const json_t *which = args_get(args, "InstanceSpecification");
	struct snapshot_request request = {
		.instance = arg_str(which, "InstanceId", ""),
		.exclude_boot = arg_bool(which, "ExcludeBootVolume", false),
		.copy_tags = args_has(args, "CopyTagsFromSource"),
		.description = args_str(args, "Description", NULL),
	};
	const char *const *ids;
	size_t count;

	if (!arena)
		return fail_memory(err);
	return args_texts(json_object_get(which, "ExcludeDataVolumeIds"), arena,
			  &request.excluded, &request.excluded_count, err) &&
	       args_tags(args_get(args, "TagSpecifications"), "snapshot",
			 "snapshot", arena, &request.tags, &request.tag_count,
			 err) &&
	       snapshot_create_all(call, &request, arena, &ids, &count, err) &&
	       answer(call, ids, count, arena, reply, err) &&
	       job_spawn(call, err);
}

static const struct param params_which[] = {
	{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i", "the instance" },
	{ "ExcludeBootVolume", PARAM_BOOLEAN, 0, NULL,
	  "all but the root volume" },
	{ "ExcludeDataVolumeIds", PARAM_ID, PARAM_LIST, "vol",
	  "volumes to leave out, at most 40", "ExcludeDataVolumeId" },
	{ 0 },
};

const struct action action_create_snapshots = {
	.name = "CreateSnapshots",
	.brief = "freeze all volumes of an instance in one instant",
	.about = "Takes a snapshot of each volume of an instance: what a guest "
		 "wrote to one volume after something on another is in no "
		 "snapshot without it. Either all come to be or none.",
	.params = (const struct param[]) {
		{ "InstanceSpecification", PARAM_STRUCT, PARAM_REQUIRED, NULL,
		  "InstanceId=…,ExcludeBootVolume=true", NULL, params_which },
		{ "Description", PARAM_STRING, 0, NULL, "text for people" },
		{ "CopyTagsFromSource", PARAM_STRING, 0, "volume",
		  "each snapshot gets its volume's tags" },
		PARAMS_TAG_SPECIFICATIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_INSTANCE_NOT_FOUND,
		FAULT_INSTANCE_STATE, FAULT_INVALID_PARAMETER,
		FAULT_INCORRECT_STATE, FAULT_UNAVAILABLE,
		FAULT_SNAPSHOT_LIMIT, FAULT_NONE },
	.example = "qami create-snapshots --instance-specification "
		   "InstanceId=i-0123456789abcdef0",
	.run = run,
};
