/* disable-fast-snapshot-restores.c - snapshots are no longer kept warm */
#include "launcher/action/noun/fast-restore.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return fast_restore_batch(call, args, fast_disable, reply, err);
}

const struct action action_disable_fast_snapshot_restores = {
	.name = "DisableFastSnapshotRestores",
	.brief = "end fast restores of snapshots",
	.about = "Ends the caller's fast restores of snapshots in zones. The "
		 "layer that was made for them goes with the last of them, "
		 "where no volume stands on it. What could not be done is "
		 "listed with why.",
	.params = (const struct param[]) {
		PARAMS_FAST_RESTORE,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_INVALID_ZONE, FAULT_INCORRECT_STATE,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami disable-fast-snapshot-restores --availability-zones "
		   "us-east-1a --source-snapshot-ids snap-0123456789abcdef0",
	.run = run,
};
