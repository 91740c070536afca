/* delete-volume.c - a volume that nobody uses goes */
#include "images/volume.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	if (!volume_remove(call, args_str(args, "VolumeId", ""), err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_delete_volume = {
	.name = "DeleteVolume",
	.brief = "delete a volume",
	.about = "Deletes a volume that is attached to nothing, and what it "
		 "holds. Snapshots of it stay.",
	.params = (const struct param[]) {
		{ "VolumeId", PARAM_ID, PARAM_REQUIRED, "vol", "the volume" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_VOLUME_NOT_FOUND,
		FAULT_VOLUME_IN_USE, FAULT_INCORRECT_STATE, FAULT_NONE },
	.example = "qami delete-volume --volume-id vol-0123456789abcdef0",
	.run = run,
};
