/* enable-fast-snapshot-restores.c - keep snapshots flattened and warm */
#include "launcher/action/noun/fast-restore.h"

static bool run(struct call *call, const struct args *args, struct reply *reply,
		struct error *err)
{
	return fast_restore_batch(call, args, fast_enable, reply, err);
}

const struct action action_enable_fast_snapshot_restores = {
	.name = "EnableFastSnapshotRestores",
	.brief = "have volumes of snapshots at full speed at once",
	.about = "Keeps all that a snapshot shows in one layer of its own, "
		 "made in the background, and in memory, for the caller and "
		 "in a zone. It is optimized for 60 minutes a TiB, then "
		 "enabled: a volume that is made of it then uses one of the "
		 "caller's credits, has no chain of layers below it and is "
		 "restored fast. There are 1024 / GiB credits, at least 1 and "
		 "at most 10, which come as many an hour, beginning with "
		 "none. An account has five such snapshots. What could not be "
		 "done is listed with why.",
	.params = (const struct param[]) {
		PARAMS_FAST_RESTORE,
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_SNAPSHOT_NOT_FOUND,
		FAULT_INVALID_ZONE, FAULT_INCORRECT_STATE,
		FAULT_UNSUPPORTED, FAULT_RESOURCE_LIMIT,
		FAULT_PARAMETER_COMBINATION, FAULT_NONE },
	.example = "qami enable-fast-snapshot-restores --availability-zones "
		   "us-east-1a --source-snapshot-ids snap-0123456789abcdef0",
	.run = run,
};
