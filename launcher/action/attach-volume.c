/* attach-volume.c - a volume becomes a disk of an instance */
#include "launcher/action/action.h"
#include "launcher/action/noun/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/reconcile.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *volume = args_str(args, "VolumeId", "");
	const struct attachment *attachment;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    !attach_volume(call, volume, args_str(args, "InstanceId", ""),
			   args_str(args, "Device", ""), err) ||
	    !attachment_of(call->store->db, NULL, volume, arena, &attachment,
			   &count, err))
		return false;
	if (count)
		reply_attachment(attachment, reply->root);
	return true;
}

const struct action action_attach_volume = {
	.name = "AttachVolume",
	.brief = "make a volume a disk of an instance",
	.about = "Attaches a volume to an instance: into a running one it is "
		 "plugged, a stopped one has it from its next start on. A "
		 "volume is attached to one instance at a time, and stays "
		 "when the instance is terminated. In the guest its serial is "
		 "the volume's id without the '-'.",
	.params = (const struct param[]) {
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		{ "InstanceId", PARAM_ID, PARAM_REQUIRED, "i",
		  "the instance" },
		{ "Device", PARAM_STRING, PARAM_REQUIRED, NULL,
		  "/dev/sdf, …" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_VOLUME_NOT_FOUND, FAULT_INSTANCE_NOT_FOUND,
		FAULT_VOLUME_IN_USE, FAULT_INCORRECT_STATE,
		FAULT_INSTANCE_STATE, FAULT_VOLUME_ZONE, FAULT_RESOURCE_LIMIT,
		FAULT_NONE },
	.example = "qami attach-volume --volume-id vol-0123456789abcdef0 "
		   "--instance-id i-0123456789abcdef0 --device /dev/sdf",
	.machines = true,
	.run = run,
};
