/* detach-volume.c - an instance gives a volume back */
#include "launcher/action/action.h"
#include "launcher/action/noun/volume.h"
#include "launcher/instance/detach.h"
#include "launcher/instance/reconcile.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	const struct detach detach = {
		.volume = args_str(args, "VolumeId", ""),
		.instance = args_str(args, "InstanceId", NULL),
		.device = args_str(args, "Device", NULL),
		.force = args_bool(args, "Force", false),
	};
	struct attachment attachment;

	if (!arena)
		return fail_memory(err);
	if (!reconcile(call, err) ||
	    !detach_volume(call, &detach, arena, &attachment, err))
		return false;
	reply_attachment(&attachment, reply->root);
	return true;
}

const struct action action_detach_volume = {
	.name = "DetachVolume",
	.brief = "take a volume from its instance",
	.about = "Asks the guest to let go of the disk: unmount it there "
		 "first. A guest that does not let go within seconds keeps it "
		 "\"detaching\" and is asked again, until it does or the "
		 "instance stops. With Force a guest that has not let go is "
		 "asked once more at once, and waited for longer; nothing "
		 "takes a disk from a guest that holds on to it.",
	.params = (const struct param[]) {
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		{ "InstanceId", PARAM_ID, 0, "i",
		  "the instance that must have it" },
		{ "Device", PARAM_STRING, 0, NULL,
		  "the device that it must be" },
		{ "Force", PARAM_BOOLEAN, 0, NULL,
		  "ask again, and wait longer" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) {
		FAULT_VOLUME_NOT_FOUND, FAULT_INSTANCE_NOT_FOUND,
		FAULT_INCORRECT_STATE, FAULT_INSTANCE_STATE,
		FAULT_ATTACHMENT_NOT_FOUND, FAULT_OPERATION_NOT_PERMITTED,
		FAULT_NONE },
	.example = "qami detach-volume --volume-id vol-0123456789abcdef0",
	.machines = true,
	.run = run,
};
