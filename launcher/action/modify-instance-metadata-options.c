/* modify-instance-metadata-options.c - what the metadata service does */
#include "launcher/action/metadata-options.h"
#include "launcher/action/noun/instance.h"

/* Answers with the options as they are now. */
static bool answer(struct call *call, const char *id, struct reply *reply,
		   struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	node_str(reply->root, "InstanceId", "instanceId", id);
	reply_metadata_options(
		&instance, node_struct(reply->root, "InstanceMetadataOptions",
				       "instanceMetadataOptions"));
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	const char *id = args_str(args, "InstanceId", "");
	struct metadata_options options = args_metadata_options(args->root);

	return options_modify(call, id, &options, err) &&
	       answer(call, id, reply, err);
}

const struct action action_modify_instance_metadata_options = {
	.name = "ModifyInstanceMetadataOptions",
	.brief = "change how guests get metadata",
	.about = "Changes the options that are named; the others stay. The "
		 "next request of the guest finds the change. An instance "
		 "whose user data comes on a seed disk has no service.",
	.params = (const struct param[]) {
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		PARAMS_METADATA_OPTIONS,
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_INSTANCE_NOT_FOUND, FAULT_INSTANCE_STATE,
		FAULT_PARAMETER_COMBINATION, FAULT_UNSUPPORTED, FAULT_NONE },
	.example = "qami modify-instance-metadata-options --instance-id "
		   "i-0123456789abcdef0 --http-tokens required",
	.run = run,
};
