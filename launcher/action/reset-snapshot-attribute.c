/* reset-snapshot-attribute.c - take every createVolumePermission back */
#include "images/snapshot.h"
#include "launcher/action/action.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	if (!snapshot_unshare(call, args_str(args, "SnapshotId", ""), err))
		return false;
	reply_return(reply);
	return true;
}

const struct action action_reset_snapshot_attribute = {
	.name = "ResetSnapshotAttribute",
	.brief = "take every permission on a snapshot back",
	.about = "Afterwards only its owner may make volumes of the snapshot.",
	.params = (const struct param[]) {
		{ "SnapshotId", PARAM_ID, PARAM_REQUIRED, "snap",
		  "the snapshot" },
		{ "Attribute", PARAM_STRING, PARAM_REQUIRED | PARAM_LOOSE,
		  "createVolumePermission", "which" },
		PARAMS_DRY_RUN,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_AUTH_FAILURE, FAULT_NONE },
	.example = "qami reset-snapshot-attribute --snapshot-id "
		   "snap-0123456789abcdef0 --attribute "
		   "createVolumePermission",
	.run = run,
};
