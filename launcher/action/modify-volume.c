/* modify-volume.c - make a volume larger, or of another type */
#include "launcher/action/action.h"
#include "launcher/action/noun/modification.h"
#include "launcher/instance/modify.h"
#include "launcher/instance/reconcile.h"

static bool read_shape(const struct args *args, struct volume_shape *ret_shape,
		       struct error *err)
{
	if (args_bool(args, "MultiAttachEnabled", false))
		return fail(err, FAULT_UNSUPPORTED,
			    "A volume is attached to one instance at a time: "
			    "leave MultiAttachEnabled out.");
	ret_shape->type = args_str(args, "VolumeType", NULL);
	if (!args_positive(args, "Size", &ret_shape->size, err) ||
	    !args_positive(args, "Iops", &ret_shape->iops, err) ||
	    !args_positive(args, "Throughput", &ret_shape->throughput, err))
		return false;
	if (!ret_shape->type && !ret_shape->size && !ret_shape->iops &&
	    !ret_shape->throughput)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The request must contain at least one of Size, "
			    "VolumeType, Iops and Throughput");
	return true;
}

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct modification modification;
	struct volume_shape wanted;

	if (!arena)
		return fail_memory(err);
	if (!read_shape(args, &wanted, err) || !reconcile(call, err) ||
	    !modify_volume(call, args_str(args, "VolumeId", ""), &wanted, arena,
			   &modification, err))
		return false;
	reply_modification(&modification,
			   node_struct(reply->root, "VolumeModification",
				       "volumeModification"));
	return true;
}

const struct action action_modify_volume = {
	.name = "ModifyVolume",
	.brief = "make a volume larger, or of another type",
	.about = "Changes a volume's size, type, IOPS and throughput while it "
		 "is used: the guest sees the new size, and the new limits "
		 "hold, when this answers. A volume never becomes smaller, "
		 "and is changed at most four times in 24 hours.",
	.params = (const struct param[]) {
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		{ "Size", PARAM_INTEGER, 0, NULL, "GiB, not less than now" },
		{ "VolumeType", PARAM_STRING, 0,
		  "gp2|gp3|io1|io2|st1|sc1|standard", "the new type" },
		{ "Iops", PARAM_INTEGER, 0, NULL,
		  "provisioned IOPS: gp3, io1, io2" },
		{ "Throughput", PARAM_INTEGER, 0, NULL, "MiB/s: gp3" },
		{ "MultiAttachEnabled", PARAM_BOOLEAN, 0, NULL,
		  "must be false: one instance at a time" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_VOLUME_NOT_FOUND, FAULT_INCORRECT_STATE,
		FAULT_MODIFICATION_STATE, FAULT_MODIFICATION_RATE,
		FAULT_PARAMETER_COMBINATION, FAULT_UNSUPPORTED,
		FAULT_VOLUME_LIMIT, FAULT_NONE },
	.example = "qami modify-volume --volume-id vol-0123456789abcdef0 "
		   "--size 20 --volume-type gp3",
	.machines = true,
	.run = run,
};
